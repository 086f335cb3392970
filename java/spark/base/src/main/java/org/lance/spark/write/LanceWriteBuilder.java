package org.lance.spark.write;

import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.SupportsTruncate;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;

/** Appends, or, truncated first, overwrites. */
public final class LanceWriteBuilder implements SupportsTruncate {
  private final WriteTarget target;
  private final String queryId;
  private String mode = WriteTarget.APPEND;

  public LanceWriteBuilder(WriteTarget target, String queryId) {
    this.target = target;
    this.queryId = queryId;
  }

  @Override
  public WriteBuilder truncate() {
    mode = WriteTarget.OVERWRITE;
    return this;
  }

  @Override
  public Write build() {
    final String chosen = mode;
    return new Write() {
      @Override
      public String description() {
        return "lance " + target.name() + " [" + chosen + ", query " + queryId + "]";
      }

      @Override
      public BatchWrite toBatch() {
        return new LanceBatchWrite(target, messages -> target.commit(messages, chosen));
      }
    };
  }
}
