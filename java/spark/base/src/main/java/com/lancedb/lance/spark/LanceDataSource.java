package com.lancedb.lance.spark;

/** The name under which releases before 0.1 knew {@link org.lance.spark.LanceDataSource}. */
public class LanceDataSource extends org.lance.spark.LanceDataSource {}
