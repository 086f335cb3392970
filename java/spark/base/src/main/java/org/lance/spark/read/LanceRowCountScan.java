package org.lance.spark.read;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.read.LocalScan;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Native;

/** COUNT(*) of a whole table: one number of the manifest, no task. */
final class LanceRowCountScan implements LocalScan {
  private final String tableName;
  private final Dataset dataset;

  LanceRowCountScan(String tableName, Dataset dataset) {
    this.tableName = tableName;
    this.dataset = dataset;
  }

  @Override
  public StructType readSchema() {
    return LanceCountScan.COUNT;
  }

  @Override
  public InternalRow[] rows() {
    long count = Native.countRows(dataset.handle(), null, null);
    java.lang.ref.Reference.reachabilityFence(dataset);
    return new InternalRow[] {new GenericInternalRow(new Object[] {count})};
  }

  @Override
  public String description() {
    return "lance " + tableName + " version " + dataset.key().version + " [count from manifest]";
  }
}
