package org.lance.spark.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.sql.types.VarcharType;

/** Translates schemas between Spark and Arrow. */
public final class Schemas {
  /** Field metadata, and the last part of a table property: items of a fixed-size list. */
  public static final String VECTOR_SIZE = "arrow.fixed-size-list.size";
  /** Last part of a table property: 64-bit offsets for a string column. */
  public static final String LARGE_TEXT_PROPERTY = "arrow.large_var_char";
  /** The same as field metadata. */
  public static final String LARGE_TEXT_METADATA = "arrow:large-var-char";

  private static final String COMMENT = "comment";

  private Schemas() {}

  // Arrow to Spark

  public static StructType toSpark(List<ArrowField> fields) {
    StructField[] columns = new StructField[fields.size()];
    for (int i = 0; i < columns.length; i++) {
      ArrowField field = fields.get(i);
      columns[i] =
          new StructField(field.name, toSpark(field, field.name), field.nullable, metadata(field));
    }
    return new StructType(columns);
  }

  private static Metadata metadata(ArrowField field) {
    MetadataBuilder builder = new MetadataBuilder();
    for (Map.Entry<String, String> entry : field.metadata.entrySet()) {
      if (!entry.getKey().equals(VECTOR_SIZE)) {
        builder.putString(entry.getKey(), entry.getValue());
      }
    }
    if (field.isFixedSizeList()) {
      builder.putLong(VECTOR_SIZE, field.width());
    }
    return builder.build();
  }

  private static DataType toSpark(ArrowField field, String path) {
    String format = field.format;
    if (format.startsWith("d:")) {
      return decimal(format, path);
    }
    if (format.startsWith("w:")) {
      return DataTypes.BinaryType;
    }
    if (format.startsWith("tsu:")) {
      return format.length() > 4 ? DataTypes.TimestampType : DataTypes.TimestampNTZType;
    }
    if (format.startsWith("+")) {
      return nested(field, path);
    }
    switch (format) {
      case "n": return DataTypes.NullType;
      case "b": return DataTypes.BooleanType;
      case "c": return DataTypes.ByteType;
      case "s": return DataTypes.ShortType;
      case "i": return DataTypes.IntegerType;
      case "l": return DataTypes.LongType;
      case "f": return DataTypes.FloatType;
      case "g": return DataTypes.DoubleType;
      case "u":
      case "U": return DataTypes.StringType;
      case "z":
      case "Z": return DataTypes.BinaryType;
      case "tdD": return DataTypes.DateType;
      case "tDu": return DataTypes.createDayTimeIntervalType();
      default:
        throw new UnsupportedOperationException(
            "column " + path + ": Spark has no type for Arrow's format " + format);
    }
  }

  private static DataType decimal(String format, String path) {
    String[] parts = format.substring(2).split(",");
    int precision = Integer.parseInt(parts[0]);
    int scale = Integer.parseInt(parts[1]);
    if (parts.length > 2 && !parts[2].equals("128") || scale < 0) {
      throw new UnsupportedOperationException(
          "column " + path + ": Spark has no decimal of the form " + format);
    }
    return DataTypes.createDecimalType(precision, scale);
  }

  private static DataType nested(ArrowField field, String path) {
    switch (field.format.charAt(1)) {
      case 'l':
      case 'L':
      case 'w': {
        ArrowField item = field.children.get(0);
        return DataTypes.createArrayType(toSpark(item, path + "." + item.name), item.nullable);
      }
      case 's': {
        List<StructField> fields = new ArrayList<>();
        for (ArrowField child : field.children) {
          DataType type = toSpark(child, path + "." + child.name);
          fields.add(new StructField(child.name, type, child.nullable, metadata(child)));
        }
        return DataTypes.createStructType(fields);
      }
      case 'm': {
        ArrowField key = field.children.get(0).children.get(0);
        ArrowField value = field.children.get(0).children.get(1);
        return DataTypes.createMapType(
            toSpark(key, path + ".key"), toSpark(value, path + ".value"), value.nullable);
      }
      default:
        throw new UnsupportedOperationException(
            "column " + path + ": Spark has no type for Arrow's format " + field.format);
    }
  }

  // Spark to Arrow

  /** Columns of a new table; `properties` are the table properties of the statement. */
  public static List<ArrowField> toArrow(StructType schema, Map<String, String> properties) {
    checkProperties(schema, properties);
    List<ArrowField> fields = new ArrayList<>();
    for (StructField field : schema.fields()) {
      fields.add(column(field, properties));
    }
    return fields;
  }

  /** How Spark lays out the rows of `table`: its types, with the table's own fixed sizes. */
  public static List<ArrowField> rowLayout(List<ArrowField> table, StructType schema) {
    List<ArrowField> fields = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      StructField field = schema.fields()[i];
      ArrowField stored = table.get(i);
      ArrowField plain =
          toArrow(field.name(), field.dataType(), stored.nullable, none(), field.name());
      if (stored.isFixedSizeList()) {
        fields.add(vector(plain, stored.width()));
      } else {
        fields.add(stored.format.startsWith("w:") ? stored : plain);
      }
    }
    return fields;
  }

  private static void checkProperties(StructType schema, Map<String, String> properties) {
    for (String key : properties.keySet()) {
      for (String suffix : Arrays.asList(VECTOR_SIZE, LARGE_TEXT_PROPERTY)) {
        if (key.endsWith("." + suffix)) {
          String column = key.substring(0, key.length() - suffix.length() - 1);
          if (!Arrays.asList(schema.fieldNames()).contains(column)) {
            throw new IllegalArgumentException(
                "Table property " + key + ": column " + column + " not found; the columns are "
                    + String.join(", ", schema.fieldNames()));
          }
        }
      }
    }
  }

  private static ArrowField column(StructField field, Map<String, String> properties) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (field.getComment().isDefined()) {
      metadata.put(COMMENT, field.getComment().get());
    }
    boolean large =
        "true".equalsIgnoreCase(properties.get(field.name() + "." + LARGE_TEXT_PROPERTY))
            || field.metadata().contains(LARGE_TEXT_METADATA);
    if (large && isText(field.dataType())) {
      metadata.put(LARGE_TEXT_METADATA, "true");
      return new ArrowField(
          field.name(), "U", field.nullable(), metadata, Collections.emptyList());
    }
    Long size = vectorSize(field, properties);
    if (size != null) {
      checkVector(field, size);
      metadata.put(VECTOR_SIZE, Long.toString(size));
    }
    ArrowField plain =
        toArrow(field.name(), field.dataType(), field.nullable(), metadata, field.name());
    return size == null ? plain : vector(plain, size.intValue());
  }

  private static boolean isText(DataType type) {
    return type instanceof StringType || type instanceof CharType || type instanceof VarcharType;
  }

  private static Long vectorSize(StructField field, Map<String, String> properties) {
    String text = properties.get(field.name() + "." + VECTOR_SIZE);
    if (text != null) {
      try {
        return Long.parseLong(text.trim());
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "Table property " + field.name() + "." + VECTOR_SIZE + " must be a number: " + text);
      }
    }
    return field.metadata().contains(VECTOR_SIZE) ? field.metadata().getLong(VECTOR_SIZE) : null;
  }

  private static void checkVector(StructField field, long size) {
    if (!(field.dataType() instanceof ArrayType)) {
      throw new IllegalArgumentException(
          "Column " + field.name() + " has a fixed-size-list size but is not an ARRAY type; it is "
              + field.dataType().sql());
    }
    DataType item = ((ArrayType) field.dataType()).elementType();
    if (!(item instanceof FloatType) && !(item instanceof DoubleType)) {
      throw new IllegalArgumentException(
          "Column " + field.name() + " of fixed size must have element type FLOAT or DOUBLE, not "
              + item.sql());
    }
    if (size < 1 || size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Column " + field.name() + ": the fixed size of its lists must be positive, not " + size);
    }
  }

  private static ArrowField vector(ArrowField list, int size) {
    ArrowField item = list.children.get(0);
    ArrowField renamed =
        new ArrowField("item", item.format, true, item.metadata, item.children);
    return new ArrowField(
        list.name, "+w:" + size, list.nullable, list.metadata, Collections.singletonList(renamed));
  }

  private static Map<String, String> none() {
    return Collections.emptyMap();
  }

  private static ArrowField toArrow(
      String name, DataType type, boolean nullable, Map<String, String> metadata, String path) {
    if (type instanceof UserDefinedType) {
      return toArrow(name, ((UserDefinedType<?>) type).sqlType(), nullable, metadata, path);
    }
    String format;
    List<ArrowField> children = new ArrayList<>();
    if (type instanceof ArrayType) {
      ArrayType array = (ArrayType) type;
      format = "+l";
      children.add(
          toArrow("element", array.elementType(), array.containsNull(), none(), path + ".element"));
    } else if (type instanceof StructType) {
      format = "+s";
      for (StructField field : ((StructType) type).fields()) {
        String below = path + "." + field.name();
        children.add(toArrow(field.name(), field.dataType(), field.nullable(), none(), below));
      }
    } else if (type instanceof MapType) {
      MapType map = (MapType) type;
      format = "+m";
      List<ArrowField> entry = new ArrayList<>();
      entry.add(toArrow("key", map.keyType(), false, none(), path + ".key"));
      entry.add(
          toArrow("value", map.valueType(), map.valueContainsNull(), none(), path + ".value"));
      children.add(new ArrowField("entries", "+s", false, none(), entry));
    } else {
      format = leafFormat(type, path);
    }
    return new ArrowField(name, format, nullable, metadata, children);
  }

  private static String leafFormat(DataType type, String path) {
    if (type instanceof BooleanType) return "b";
    if (type instanceof ByteType) return "c";
    if (type instanceof ShortType) return "s";
    if (type instanceof IntegerType) return "i";
    if (type instanceof LongType) return "l";
    if (type instanceof FloatType) return "f";
    if (type instanceof DoubleType) return "g";
    if (isText(type)) return "u";
    if (type instanceof BinaryType) return "z";
    if (type instanceof DateType) return "tdD";
    if (type instanceof TimestampType) return "tsu:UTC";
    if (type instanceof TimestampNTZType) return "tsu:";
    if (type instanceof DayTimeIntervalType) return "tDu";
    if (type instanceof NullType) return "n";
    if (type instanceof DecimalType) {
      DecimalType decimal = (DecimalType) type;
      return "d:" + decimal.precision() + "," + decimal.scale();
    }
    throw new UnsupportedOperationException(
        "Column " + path + ": Lance has no type for Spark's " + type.sql());
  }
}
