package org.lance.spark;

/** The catalog of older releases: tables by path. */
public class LanceCatalog extends LanceNamespaceSparkCatalog {}
