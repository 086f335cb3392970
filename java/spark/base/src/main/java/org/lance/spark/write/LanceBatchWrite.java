package org.lance.spark.write;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/** The driver's side of a job that writes: one commit for all tasks, or none. */
final class LanceBatchWrite implements BatchWrite {
  private final WriteTarget target;
  private final Commit commit;

  /** What happens to the messages of all tasks. */
  interface Commit {
    void run(byte[][] messages);
  }

  LanceBatchWrite(WriteTarget target, Commit commit) {
    this.target = target;
    this.commit = commit;
  }

  /** What a task wrote, for the native committer only. */
  static final class Message implements WriterCommitMessage {
    private static final long serialVersionUID = 1L;
    final byte[] bytes;

    Message(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  @Override
  public DataWriterFactory createBatchWriterFactory(PhysicalWriteInfo info) {
    return target.writerFactory();
  }

  @Override
  public void commit(WriterCommitMessage[] messages) {
    commit.run(bytesOf(messages));
  }

  /** Tasks that failed have deleted their files; these are the files of those that did not. */
  @Override
  public void abort(WriterCommitMessage[] messages) {
    target.discard(bytesOf(messages));
  }

  private static byte[][] bytesOf(WriterCommitMessage[] messages) {
    List<byte[]> bytes = new ArrayList<>();
    for (WriterCommitMessage message : messages) {
      if (message instanceof Message && ((Message) message).bytes.length > 0) {
        bytes.add(((Message) message).bytes);
      }
    }
    return bytes.toArray(new byte[0][]);
  }
}
