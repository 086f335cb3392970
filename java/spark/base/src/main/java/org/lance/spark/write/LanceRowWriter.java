package org.lance.spark.write;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.unsafe.Platform;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Native;

/**
 * Collects rows, in Spark's own binary form, in memory outside of the heap and hands them
 * over a batch at a time. The native side makes columns; every call returns when its work is done.
 */
final class LanceRowWriter implements DataWriter<InternalRow> {
  private static final int BATCH_ROWS = 8192;
  private static final long BATCH_BYTES = 8 << 20;
  private static final int OFFSET_BYTES = 8;

  private final LanceWriterFactory job;
  private final TaskContext task;
  private UnsafeProjection projection;
  private long writer;
  private long rows;
  private long capacity;
  private long offsets;
  private long used;
  private int count;
  private long totalRows;

  LanceRowWriter(LanceWriterFactory job) {
    this.job = job;
    this.task = TaskContext.get();
  }

  @Override
  public void write(InternalRow row) {
    UnsafeRow unsafe = row instanceof UnsafeRow ? (UnsafeRow) row : project(row);
    int size = unsafe.getSizeInBytes();
    if (used + size > capacity) {
      grow(size);
    }
    Platform.copyMemory(
        unsafe.getBaseObject(), unsafe.getBaseOffset(), null, rows + used, size);
    used += size;
    count++;
    Platform.putLong(null, offsets + (long) OFFSET_BYTES * count, used);
    if (count == BATCH_ROWS || used >= BATCH_BYTES) {
      flush();
    }
  }

  private UnsafeRow project(InternalRow row) {
    if (projection == null) {
      projection = UnsafeProjection.create(job.sparkSchema);
    }
    return projection.apply(row);
  }

  private void grow(int size) {
    if (capacity == 0) {
      offsets = Platform.allocateMemory((long) OFFSET_BYTES * (BATCH_ROWS + 1));
      Platform.putLong(null, offsets, 0);
    }
    final long first = 1 << 16;
    long wanted = Math.max(Math.max(first, 2 * capacity), used + size);
    long bigger = Platform.allocateMemory(wanted);
    if (capacity > 0) {
      Platform.copyMemory(null, rows, null, bigger, used);
      Platform.freeMemory(rows);
    }
    rows = bigger;
    capacity = wanted;
  }

  private void flush() {
    if (count == 0) {
      return;
    }
    if (task != null) {
      task.killTaskIfInterrupted();
    }
    if (writer == 0) {
      writer = open();
    }
    Native.writeRows(writer, rows, offsets, count);
    totalRows += count;
    count = 0;
    used = 0;
  }

  private long open() {
    Dataset base = job.base == null ? null : Dataset.open(job.base);
    long handle = base == null ? 0 : base.handle();
    long opened =
        Native.openWriter(job.uri, handle, job.schema, job.layout, job.options);
    java.lang.ref.Reference.reachabilityFence(base);
    return opened;
  }

  /** A task without rows makes no file. */
  @Override
  public WriterCommitMessage commit() {
    flush();
    byte[] message = writer == 0 ? new byte[0] : Native.finishWriter(writer);
    if (task != null && task.isInterrupted() && message.length > 0) {
      // The driver has given up and will not see the message: nobody else knows these files.
      Native.deleteUncommitted(job.uri, new byte[][] {message}, job.storage);
      task.killTaskIfInterrupted();
    }
    if (task != null && message.length > 0) {
      task.taskMetrics().outputMetrics().setRecordsWritten(totalRows);
      task.taskMetrics().outputMetrics().setBytesWritten(Native.messageInfo(message)[1]);
    }
    return new LanceBatchWrite.Message(message);
  }

  /** Deletes the files of this task. */
  @Override
  public void abort() {
    close();
  }

  @Override
  public void close() {
    if (writer != 0) {
      Native.closeWriter(writer);
      writer = 0;
    }
    if (capacity > 0) {
      Platform.freeMemory(rows);
      Platform.freeMemory(offsets);
      capacity = 0;
    }
  }
}
