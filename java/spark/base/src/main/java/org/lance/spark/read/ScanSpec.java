package org.lance.spark.read;

import java.io.Serializable;
import java.util.Arrays;
import org.lance.spark.internal.TableVersion;

/** What all tasks of a scan have in common. */
final class ScanSpec implements Serializable {
  private static final long serialVersionUID = 1L;

  final TableVersion table;
  /** Binary form of the filter, null = none. */
  final byte[] filter;
  /** -1 = none. */
  final int limit;
  final int batchRows;

  ScanSpec(TableVersion table, byte[] filter, int limit, int batchRows) {
    this.table = table;
    this.filter = filter;
    this.limit = limit;
    this.batchRows = batchRows;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof ScanSpec)) {
      return false;
    }
    ScanSpec that = (ScanSpec) other;
    return table.equals(that.table)
        && Arrays.equals(filter, that.filter)
        && limit == that.limit
        && batchRows == that.batchRows;
  }

  @Override
  public int hashCode() {
    return 31 * table.hashCode() + Arrays.hashCode(filter) + limit;
  }
}
