package org.lance.spark.read;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Native;

/** COUNT(*) with a filter: each task counts its pieces natively, Spark adds the counts. */
final class LanceCountScan implements Scan, Batch {
  static final StructType COUNT = new StructType().add("count", DataTypes.LongType, false);

  private final String tableName;
  private final Dataset dataset;
  private final ScanSpec spec;
  private final String conditions;

  LanceCountScan(String tableName, Dataset dataset, ScanSpec spec, String conditions) {
    this.tableName = tableName;
    this.dataset = dataset;
    this.spec = spec;
    this.conditions = conditions;
  }

  @Override
  public StructType readSchema() {
    return COUNT;
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public ColumnarSupportMode columnarSupportMode() {
    return ColumnarSupportMode.UNSUPPORTED;
  }

  @Override
  public String description() {
    return "lance " + tableName + " version " + spec.table.version + " [count where " + conditions
        + "]";
  }

  /** At least one task: the sum over no counts would be NULL. */
  @Override
  public InputPartition[] planInputPartitions() {
    InputPartition[] partitions = Splits.plan(dataset, -1);
    return partitions.length > 0
        ? partitions
        : new InputPartition[] {new Splits.Partition(new long[0])};
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new Factory(spec);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LanceCountScan && spec.equals(((LanceCountScan) other).spec);
  }

  @Override
  public int hashCode() {
    return spec.hashCode();
  }

  private static final class Factory implements PartitionReaderFactory {
    private static final long serialVersionUID = 1L;
    private final ScanSpec spec;

    Factory(ScanSpec spec) {
      this.spec = spec;
    }

    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      return new Reader(spec, ((Splits.Partition) partition).pieces);
    }
  }

  private static final class Reader implements PartitionReader<InternalRow> {
    private final ScanSpec spec;
    private final long[] pieces;
    private boolean done;

    Reader(ScanSpec spec, long[] pieces) {
      this.spec = spec;
      this.pieces = pieces;
    }

    @Override
    public boolean next() {
      boolean first = !done;
      done = true;
      return first;
    }

    @Override
    public InternalRow get() {
      long count = 0;
      if (pieces.length > 0) {
        Dataset dataset = Dataset.open(spec.table);
        count = Native.countRows(dataset.handle(), spec.filter, pieces);
        java.lang.ref.Reference.reachabilityFence(dataset);
      }
      return new GenericInternalRow(new Object[] {count});
    }

    @Override
    public void close() {}
  }
}
