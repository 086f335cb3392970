package org.lance.spark.read;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.types.UTF8String;

/** Writes the binary form of filters that lance/query/expression_wire.cc draws: little-endian. */
final class FilterBytes {
  static final int COLUMN = 1;
  static final int LITERAL = 2;
  static final int NOT = 3;
  static final int AND = 4;
  static final int OR = 5;
  static final int IS_NULL = 6;
  static final int EQUAL = 10;
  static final int NOT_EQUAL = 11;
  static final int LESS = 12;
  static final int LESS_EQUAL = 13;
  static final int GREATER = 14;
  static final int GREATER_EQUAL = 15;
  static final int NULL_SAFE_EQUAL = 16;
  static final int IN = 20;
  static final int STARTS_WITH = 21;
  static final int ENDS_WITH = 22;
  static final int CONTAINS = 23;

  private static final int WIRE_VERSION = 1;
  private static final int DECIMAL_BYTES = 16;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A complete filter of one node. */
  static byte[] message(byte[] node) {
    byte[] message = new byte[node.length + 1];
    message[0] = WIRE_VERSION;
    System.arraycopy(node, 0, message, 1, node.length);
    return message;
  }

  /** Types whose comparisons mean the same in Spark and in the native engine. */
  static boolean isExact(DataType type) {
    return type instanceof BooleanType
        || type instanceof ByteType
        || type instanceof ShortType
        || type instanceof IntegerType
        || type instanceof LongType
        || type instanceof StringType
        || type instanceof BinaryType
        || type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType
        || type instanceof DecimalType;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  FilterBytes node(int kind, byte[]... children) {
    out.write(kind);
    number(children.length, 4);
    for (byte[] child : children) {
      out.write(child, 0, child.length);
    }
    return this;
  }

  FilterBytes column(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    out.write(COLUMN);
    number(1, 2);
    number(text.length, 2);
    out.write(text, 0, text.length);
    return this;
  }

  /** A literal that is not null, of a type for which `isExact` holds. */
  FilterBytes literal(DataType type, Object value) {
    out.write(LITERAL);
    if (type instanceof BooleanType) {
      type(1);
      out.write((Boolean) value ? 1 : 0);
    } else if (type instanceof ByteType) {
      type(2).number((Byte) value, 1);
    } else if (type instanceof ShortType) {
      type(3).number((Short) value, 2);
    } else if (type instanceof IntegerType) {
      type(4).number((Integer) value, 4);
    } else if (type instanceof LongType) {
      type(5).number((Long) value, 8);
    } else if (type instanceof StringType) {
      type(8).sized(((UTF8String) value).getBytes());
    } else if (type instanceof BinaryType) {
      type(9).sized((byte[]) value);
    } else if (type instanceof DateType) {
      type(10).number((Integer) value, 4);
    } else if (type instanceof TimestampType) {
      type(11).number((Long) value, 8);
    } else if (type instanceof TimestampNTZType) {
      type(12).number((Long) value, 8);
    } else {
      decimal((DecimalType) type, (Decimal) value);
    }
    return this;
  }

  private void decimal(DecimalType type, Decimal value) {
    out.write(13);
    out.write(type.precision());
    out.write(type.scale());
    out.write(1);
    BigInteger unscaled = value.toJavaBigDecimal().setScale(type.scale()).unscaledValue();
    byte[] big = unscaled.toByteArray();
    int sign = unscaled.signum() < 0 ? 0xff : 0;
    for (int i = 0; i < DECIMAL_BYTES; i++) {
      out.write(i < big.length ? big[big.length - 1 - i] : sign);
    }
  }

  /** Code of a type, and that a value follows. */
  private FilterBytes type(int code) {
    out.write(code);
    out.write(1);
    return this;
  }

  private void sized(byte[] bytes) {
    number(bytes.length, 4);
    out.write(bytes, 0, bytes.length);
  }

  private void number(long value, int numBytes) {
    for (int i = 0; i < numBytes; i++) {
      out.write((int) (value >> (8 * i)) & 0xff);
    }
  }
}
