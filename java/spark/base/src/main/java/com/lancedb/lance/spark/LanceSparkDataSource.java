package com.lancedb.lance.spark;

/** The name under which releases before 0.1 knew {@link org.lance.spark.LanceSparkDataSource}. */
public class LanceSparkDataSource extends org.lance.spark.LanceSparkDataSource {}
