package org.lance.spark.read;

import java.util.Collections;
import org.apache.spark.sql.connector.catalog.MetadataColumn;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.lance.spark.internal.ArrowField;

/** Columns that every table has but `*` leaves out. */
public final class MetadataColumns {
  static final String ROW_ADDRESS = "_rowaddr";

  private static final Column[] COLUMNS = {
    new Column("_rowid", DataTypes.LongType, "l", true, "id of the row"),
    new Column(ROW_ADDRESS, DataTypes.LongType, "l", false, "fragment id << 32 | row in fragment"),
    new Column("_fragid", DataTypes.IntegerType, "i", false, "id of the fragment")
  };

  private MetadataColumns() {}

  public static MetadataColumn[] all() {
    return COLUMNS.clone();
  }

  /** The Arrow field of a metadata column, null for other names. */
  static ArrowField field(String name) {
    for (Column column : COLUMNS) {
      if (column.name.equals(name)) {
        return new ArrowField(
            name, column.format, column.nullable, Collections.emptyMap(), Collections.emptyList());
      }
    }
    return null;
  }

  private static final class Column implements MetadataColumn {
    private final String name;
    private final DataType type;
    private final String format;
    private final boolean nullable;
    private final String comment;

    Column(String name, DataType type, String format, boolean nullable, String comment) {
      this.name = name;
      this.type = type;
      this.format = format;
      this.nullable = nullable;
      this.comment = comment;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public DataType dataType() {
      return type;
    }

    @Override
    public boolean isNullable() {
      return nullable;
    }

    @Override
    public String comment() {
      return comment;
    }
  }
}
