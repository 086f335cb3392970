package org.lance.spark;

/** The short name of the data source. */
public class LanceDataSource {
  public static final String name = "lance";

  protected LanceDataSource() {}
}
