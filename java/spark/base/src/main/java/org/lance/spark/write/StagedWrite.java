package org.lance.spark.write;

import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.SupportsTruncate;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.lance.spark.LanceOptions;

/** The data of CREATE TABLE AS and its like: files at once, the table when the statement ends. */
public final class StagedWrite {
  private WriteTarget target;
  private byte[][] messages = new byte[0][];

  public StagedWrite(WriteTarget target) {
    this.target = target;
  }

  public WriteBuilder builder(LanceOptions options) {
    target = target.with(options);
    return new Builder();
  }

  public long commit(String mode) {
    return target.commit(messages, mode);
  }

  public void abort() {
    target.discard(messages);
    messages = new byte[0][];
  }

  private final class Builder implements SupportsTruncate {
    @Override
    public WriteBuilder truncate() {
      return this;
    }

    @Override
    public Write build() {
      return new Write() {
        @Override
        public String description() {
          return "lance " + target.name() + " [staged]";
        }

        @Override
        public BatchWrite toBatch() {
          return new LanceBatchWrite(target, written -> messages = written);
        }
      };
    }
  }
}
