package org.lance.spark.read;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.read.InputPartition;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Native;

/** Cuts a table into tasks: large fragments into ranges of rows, small ones together. */
final class Splits {
  /** Numbers per piece that the native side gives: fragment, begin, end, bytes, live rows. */
  private static final int PLANNED = 5;

  private static final int SENT = 3;

  private Splits() {}

  /** A task's pieces, three numbers each: fragment, first row, end row. */
  static final class Partition implements InputPartition {
    private static final long serialVersionUID = 1L;
    final long[] pieces;

    Partition(long[] pieces) {
      this.pieces = pieces;
    }
  }

  /** `enoughRows` = rows after which nothing more is needed, -1 = all are. */
  static InputPartition[] plan(Dataset dataset, long enoughRows) {
    long target = targetBytes(dataset.numBytes());
    long[] planned = Native.planSplits(dataset.handle(), target);
    List<InputPartition> partitions = new ArrayList<>();
    int first = 0;
    long bytes = 0;
    long rows = 0;
    int end = 0;
    for (int at = 0; at < planned.length; at += PLANNED) {
      if (at > first && bytes + planned[at + 3] > target) {
        partitions.add(partition(planned, first, at));
        first = at;
        bytes = 0;
      }
      bytes += planned[at + 3];
      rows += Math.max(planned[at + 4], 0);
      end = at + PLANNED;
      if (enoughRows >= 0 && rows >= enoughRows) {
        break;
      }
    }
    if (end > first) {
      partitions.add(partition(planned, first, end));
    }
    return partitions.toArray(new InputPartition[0]);
  }

  private static Partition partition(long[] planned, int begin, int end) {
    long[] pieces = new long[(end - begin) / PLANNED * SENT];
    int to = 0;
    for (int at = begin; at < end; at += PLANNED) {
      System.arraycopy(planned, at, pieces, to, SENT);
      to += SENT;
    }
    return new Partition(pieces);
  }

  /** The rule of Spark's own file sources. */
  private static long targetBytes(long totalBytes) {
    SparkSession session = SparkSession.active();
    long most = session.sessionState().conf().filesMaxPartitionBytes();
    long least = session.sessionState().conf().filesOpenCostInBytes();
    int parallelism = session.sparkContext().defaultParallelism();
    return Math.max(1, Math.min(most, Math.max(least, totalBytes / Math.max(1, parallelism) + 1)));
  }
}
