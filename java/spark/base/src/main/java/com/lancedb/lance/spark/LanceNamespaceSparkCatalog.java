package com.lancedb.lance.spark;

/** The name under which releases before 0.1 knew {@link org.lance.spark.LanceNamespaceSparkCatalog}. */
public class LanceNamespaceSparkCatalog extends org.lance.spark.LanceNamespaceSparkCatalog {}
