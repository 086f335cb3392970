package org.lance.spark.read;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.internal.ArrowField;
import org.lance.spark.internal.Dataset;

/** A planned scan: one version, its columns in Spark's order, a filter, a limit. */
public final class LanceScan implements Batch, SupportsReportStatistics {
  private final String tableName;
  private final Dataset dataset;
  private final ScanSpec spec;
  private final StructType schema;
  private final String conditions;

  LanceScan(
      String tableName, Dataset dataset, ScanSpec spec, StructType schema, String conditions) {
    this.tableName = tableName;
    this.dataset = dataset;
    this.spec = spec;
    this.schema = schema;
    this.conditions = conditions;
  }

  static String describe(Predicate[] predicates) {
    StringBuilder text = new StringBuilder();
    for (Predicate predicate : predicates) {
      text.append(text.length() == 0 ? "" : ", ").append(predicate.describe());
    }
    return text.toString();
  }

  @Override
  public StructType readSchema() {
    return schema;
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public ColumnarSupportMode columnarSupportMode() {
    return ColumnarSupportMode.SUPPORTED;
  }

  @Override
  public String description() {
    return "lance " + tableName + " version " + spec.table.version + " [pushed filters: "
        + conditions + "]" + (spec.limit < 0 ? "" : " [limit " + spec.limit + "]");
  }

  @Override
  public InputPartition[] planInputPartitions() {
    return Splits.plan(dataset, spec.filter == null ? spec.limit : -1);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    List<ArrowField> layout = new ArrayList<>();
    for (StructField column : schema.fields()) {
      layout.add(layoutOf(column));
    }
    return new LanceReaderFactory(spec, schema, ArrowField.serialize(layout));
  }

  private ArrowField layoutOf(StructField column) {
    for (ArrowField field : dataset.fields()) {
      if (field.name.equals(column.name())) {
        return field;
      }
    }
    ArrowField system = MetadataColumns.field(column.name());
    if (system == null) {
      throw new IllegalArgumentException(tableName + " has no column " + column.name());
    }
    return system;
  }

  /** Rows of the table, and its bytes by the share of the columns that are read. */
  @Override
  public Statistics estimateStatistics() {
    Map<String, ArrowField> fields = new HashMap<>();
    long all = 0;
    for (ArrowField field : dataset.fields()) {
      fields.put(field.name, field);
      all += width(field);
    }
    long read = 0;
    for (StructField column : schema.fields()) {
      ArrowField field = fields.get(column.name());
      read += field == null ? 0 : width(field);
    }
    double share = all == 0 ? 1 : (double) read / all;
    return new TableStatistics(dataset.numRows(), (long) (dataset.numBytes() * share));
  }

  /** Rough bytes of a value. */
  private static long width(ArrowField field) {
    final long text = 20;
    long children = 0;
    for (ArrowField child : field.children) {
      children += width(child);
    }
    switch (field.format.charAt(0)) {
      case 'n': return 0;
      case 'b':
      case 'c': return 1;
      case 's': return 2;
      case 'i':
      case 'f': return 4;
      case 'd': return 16;
      case 'w': return field.width();
      case 'u':
      case 'U':
      case 'z':
      case 'Z': return text;
      case '+': return children * (field.isFixedSizeList() ? field.width() : 1);
      default: return 8;
    }
  }

  static final class TableStatistics implements Statistics {
    private final long rows;
    private final long bytes;

    TableStatistics(long rows, long bytes) {
      this.rows = rows;
      this.bytes = Math.max(1, bytes);
    }

    @Override
    public OptionalLong sizeInBytes() {
      return OptionalLong.of(bytes);
    }

    @Override
    public OptionalLong numRows() {
      return OptionalLong.of(rows);
    }
  }

  /** Equal scans give equal rows: Spark runs one of them and uses it twice. */
  @Override
  public boolean equals(Object other) {
    return other instanceof LanceScan
        && spec.equals(((LanceScan) other).spec)
        && schema.equals(((LanceScan) other).schema);
  }

  @Override
  public int hashCode() {
    return 31 * spec.hashCode() + schema.hashCode();
  }
}
