package org.lance.spark.write;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.internal.TableVersion;

/** Travels to the executors and makes the writers there. */
final class LanceWriterFactory implements DataWriterFactory {
  private static final long serialVersionUID = 1L;

  final String uri;
  /** Version whose columns are written; null when `schema` gives them. */
  final TableVersion base;
  final byte[] schema;
  /** Columns as the rows of Spark hold them. */
  final byte[] layout;
  final StructType sparkSchema;
  final String[] options;
  /** Options of the store alone. */
  final String[] storage;

  LanceWriterFactory(
      String uri,
      TableVersion base,
      byte[] schema,
      byte[] layout,
      StructType sparkSchema,
      String[] options,
      String[] storage) {
    this.uri = uri;
    this.base = base;
    this.schema = schema;
    this.layout = layout;
    this.sparkSchema = sparkSchema;
    this.options = options;
    this.storage = storage;
  }

  @Override
  public DataWriter<InternalRow> createWriter(int partitionId, long taskId) {
    return new LanceRowWriter(this);
  }
}
