package org.lance.spark;

import java.util.Map;
import org.lance.spark.internal.Dataset;

/** Opens a version by what a user writes after VERSION AS OF: a number, else the name of a tag. */
final class TimeTravel {
  private TimeTravel() {}

  static Dataset open(String uri, String version, Map<String, String> storage) {
    long number;
    try {
      number = Long.parseLong(version.trim());
    } catch (NumberFormatException e) {
      return Dataset.openTag(uri, version, storage);
    }
    if (number < 1) {
      throw new IllegalArgumentException(
          "Versions of a table are numbers from 1; there is no version " + version);
    }
    return Dataset.openVersion(uri, number, storage);
  }
}
