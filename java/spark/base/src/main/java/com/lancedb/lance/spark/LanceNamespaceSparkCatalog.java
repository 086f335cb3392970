package com.lancedb.lance.spark;

/** The name before 0.1 of {@link org.lance.spark.LanceNamespaceSparkCatalog}. */
public class LanceNamespaceSparkCatalog extends org.lance.spark.LanceNamespaceSparkCatalog {}
