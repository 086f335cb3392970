package org.lance.spark;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.internal.ArrowField;
import org.lance.spark.internal.Schemas;
import org.lance.spark.write.StagedWrite;
import org.lance.spark.write.WriteTarget;

/** A table that comes to be when its statement ends well, with its data in the same version. */
final class LanceStagedTable implements StagedTable, SupportsWrite {
  private final String name;
  private final List<ArrowField> columns;
  private final String mode;
  private final StagedWrite write;
  private final Map<String, String> defaults;
  private final Runnable undo;

  /** `defaults` are options of the catalog; `undo` takes back what staging did to the namespace. */
  LanceStagedTable(
      WriteTarget target, List<ArrowField> columns, String mode, Map<String, String> defaults,
      Runnable undo) {
    this.name = target.name();
    this.defaults = defaults;
    this.columns = columns;
    this.mode = mode;
    this.write = new StagedWrite(target);
    this.undo = undo;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  @SuppressWarnings("deprecation")
  public StructType schema() {
    return Schemas.toSpark(columns);
  }

  @Override
  public Map<String, String> properties() {
    return Collections.emptyMap();
  }

  @Override
  public Set<TableCapability> capabilities() {
    return EnumSet.of(TableCapability.BATCH_WRITE, TableCapability.TRUNCATE);
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    return write.builder(new LanceOptions(defaults, info.options().asCaseSensitiveMap()));
  }

  @Override
  public void commitStagedChanges() {
    write.commit(mode);
  }

  @Override
  public void abortStagedChanges() {
    try {
      write.abort();
    } finally {
      undo.run();
    }
  }
}
