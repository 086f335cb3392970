package org.lance.spark.internal;

import java.util.LinkedHashMap;
import java.util.Map;

/** Maps cross JNI as arrays of key, value, key, value. */
public final class Pairs {
  private Pairs() {}

  public static String[] of(Map<String, String> map) {
    String[] pairs = new String[2 * map.size()];
    int at = 0;
    for (Map.Entry<String, String> entry : map.entrySet()) {
      pairs[at++] = entry.getKey();
      pairs[at++] = entry.getValue();
    }
    return pairs;
  }

  public static Map<String, String> toMap(String[] pairs, int from) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = from; i + 1 < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
