package org.lance.spark.read;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.lance.spark.internal.ArrowField;

/** Travels to the executors and makes the columnar readers there. */
final class LanceReaderFactory implements PartitionReaderFactory {
  private static final long serialVersionUID = 1L;

  private final ScanSpec spec;
  private final StructType schema;
  private final byte[] layout;

  LanceReaderFactory(ScanSpec spec, StructType schema, byte[] layout) {
    this.spec = spec;
    this.schema = schema;
    this.layout = layout;
  }

  @Override
  public PartitionReader<InternalRow> createReader(InputPartition partition) {
    throw new UnsupportedOperationException("Lance tables are read by columns");
  }

  @Override
  public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
    List<ArrowField> fields = ArrowField.parse(layout);
    return new LanceBatchReader(spec, schema, fields, ((Splits.Partition) partition).pieces);
  }

  @Override
  public boolean supportColumnarReads(InputPartition partition) {
    return true;
  }
}
