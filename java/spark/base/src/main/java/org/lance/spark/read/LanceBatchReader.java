package org.lance.spark.read;

import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.TaskCompletionListener;
import org.lance.spark.internal.ArrowField;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Native;

/** Reads the batches of one task. A batch lives until the next one, or until the task ends. */
final class LanceBatchReader implements PartitionReader<ColumnarBatch> {
  private static final int ARRAY_BYTES = 80;

  private final Dataset dataset;
  private final TaskContext task;
  private final LanceColumnVector[] vectors;
  private final ColumnarBatch batch;
  private long scan;
  private long array;

  LanceBatchReader(ScanSpec spec, StructType schema, List<ArrowField> fields, long[] pieces) {
    dataset = Dataset.open(spec.table);
    task = TaskContext.get();
    vectors = new LanceColumnVector[fields.size()];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = new LanceColumnVector(schema.fields()[i].dataType(), fields.get(i));
    }
    batch = new ColumnarBatch((ColumnVector[]) vectors);
    String[] columns = columns(schema);
    long[] limits = {spec.batchRows, spec.limit};
    scan = Native.openScan(dataset.handle(), columns, spec.filter, pieces, limits);
    array = Platform.allocateMemory(ARRAY_BYTES);
    Platform.setMemory(array, (byte) 0, ARRAY_BYTES);
    // A query with a limit leaves its readers without closing them.
    if (task != null) {
      task.addTaskCompletionListener((TaskCompletionListener) ended -> close());
    }
  }

  /** Something must be read to know how many rows there are. */
  private static String[] columns(StructType schema) {
    return schema.isEmpty() ? new String[] {MetadataColumns.ROW_ADDRESS} : schema.fieldNames();
  }

  @Override
  public boolean next() {
    if (task != null) {
      task.killTaskIfInterrupted();
    }
    Native.releaseArray(array);
    if (!Native.nextBatch(scan, array)) {
      return false;
    }
    for (int i = 0; i < vectors.length; i++) {
      vectors[i].set(LanceColumnVector.child(array, i), 0);
    }
    batch.setNumRows((int) LanceColumnVector.numRows(array));
    return true;
  }

  @Override
  public ColumnarBatch get() {
    return batch;
  }

  @Override
  public synchronized void close() {
    if (scan != 0) {
      Native.releaseArray(array);
      Native.closeScan(scan);
      Platform.freeMemory(array);
      scan = 0;
    }
    java.lang.ref.Reference.reachabilityFence(dataset);
  }
}
