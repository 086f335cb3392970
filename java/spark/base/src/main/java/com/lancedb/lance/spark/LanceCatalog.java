package com.lancedb.lance.spark;

/** The name under which releases before 0.1 knew {@link org.lance.spark.LanceCatalog}. */
public class LanceCatalog extends org.lance.spark.LanceCatalog {}
