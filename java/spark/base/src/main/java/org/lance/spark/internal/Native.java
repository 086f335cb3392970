package org.lance.spark.internal;

/**
 * The entrances of the native library. Handles and addresses are 64-bit numbers; a handle is freed
 * by its close function exactly once. Every method may throw: {@link NativeException} for what
 * Spark has an own exception for, else the class that lance/base/error.def names.
 */
public final class Native {
  static {
    NativeLibrary.load();
  }

  private Native() {}

  /** Version of the library and of Arrow, for messages. */
  public static native String version();

  /** Bytes that Arrow's memory pool has handed out and not got back. */
  public static native long allocatedBytes();

  // Datasets. Maps travel as arrays of key, value, key, value.

  /** Open a version by number (0 = latest), time (Long.MIN_VALUE = none) or tag; at most one. */
  public static native long openDataset(
      String uri, long version, long timestampMicros, String tag, String[] storage);

  public static native void closeDataset(long dataset);

  /** {version, commit time in nanoseconds, rows, bytes of data files}. */
  public static native long[] datasetInfo(long dataset);

  /** Schema as Spark shall see it, in the form that {@link ArrowField#parse} reads. */
  public static native byte[] datasetSchema(long dataset);

  /** Rows that pass {@code filter} (null = all) in {@code splits} (null = everywhere). */
  public static native long countRows(long dataset, byte[] filter, long[] splits);

  /** Pieces of the table, five numbers each: fragment, begin, end, bytes, live rows or -1. */
  public static native long[] planSplits(long dataset, long targetBytes);

  /** True when the native engine can evaluate {@code filter} on this table. */
  public static native boolean acceptsFilter(long dataset, byte[] filter);

  // Scans

  /**
   * Start a scan and return its handle. Splits: three numbers each. Limits: rows of a batch, rows
   * of the scan (-1 = all).
   */
  public static native long openScan(
      long dataset, String[] columns, byte[] filter, long[] splits, long[] limits);

  /** Put the next batch into the free ArrowArray at {@code array}; false at the end. */
  public static native boolean nextBatch(long scan, long array);

  /** Give back the batch at {@code array}, if there is one. */
  public static native void releaseArray(long array);

  public static native void closeScan(long scan);

  // Writers

  /**
   * Open a writer into the table at {@code uri}: with {@code schema}, as {@link
   * ArrowField#serialize} writes it, else that of {@code dataset}. {@code layout} is the schema of
   * the rows, as Spark lays them out. Options of the store have the prefix "storage.".
   */
  public static native long openWriter(
      String uri, long dataset, byte[] schema, byte[] layout, String[] options);

  /** Add rows of Spark's UnsafeRow format; {@code offsets} has numRows + 1 longs. */
  public static native void writeRows(long writer, long rows, long offsets, int numRows);

  /** Close the files; the message for the committer, empty when no row was written. */
  public static native byte[] finishWriter(long writer);

  /** Free the writer; deletes what it wrote unless it was finished. */
  public static native void closeWriter(long writer);

  /** {rows, bytes} of a message. */
  public static native long[] messageInfo(byte[] message);

  /** Commit messages as one version and return its number; option "mode" as in WriteTarget. */
  public static native long commit(
      String uri, long dataset, byte[][] messages, byte[] schema, String[] options);

  public static native void deleteUncommitted(String uri, byte[][] messages, String[] storage);

  /** Delete a whole table; refuses a folder that is no Lance table. */
  public static native void deleteTable(String uri, String[] storage);

  // Namespaces

  public static native long connectNamespace(String impl, String[] properties);

  public static native void closeNamespace(long namespace);

  public static native String[] listTables(long namespace, String[] id);

  public static native String[] listNamespaces(long namespace, String[] id);

  /** Location, then the storage options as key, value. */
  public static native String[] describeTable(long namespace, String[] id);

  /** Reserve a name; the answer is that of {@link #describeTable}. */
  public static native String[] declareTable(long namespace, String[] id);

  public static native void dropTable(long namespace, String[] id);

  public static native void deregisterTable(long namespace, String[] id);

  public static native String[] describeNamespace(long namespace, String[] id);

  public static native void createNamespace(long namespace, String[] id, String[] properties);

  public static native void dropNamespace(long namespace, String[] id, boolean cascade);
}
