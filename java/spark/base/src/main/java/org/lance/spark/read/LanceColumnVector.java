package org.lance.spark.read;

import java.math.BigInteger;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarMap;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;
import org.lance.spark.internal.ArrowField;

/**
 * Reads an ArrowArray of the C Data Interface in place. One class serves all types, so that the
 * calls of Spark's generated code have one target; the reader owns the memory and points the
 * vectors at the next batch.
 */
public final class LanceColumnVector extends ColumnVector {
  // Members of struct ArrowArray where pointers have 8 bytes.
  private static final int LENGTH = 0;
  private static final int NULL_COUNT = 8;
  private static final int OFFSET = 16;
  private static final int BUFFERS = 40;
  private static final int CHILDREN = 48;

  /** What the buffers behind the validity bitmap hold. */
  private enum Layout { NONE, BITS, FIXED, TEXT, LARGE_TEXT, LIST, LARGE_LIST, VECTOR, MAP, STRUCT }

  private final Layout layout;
  /** Bytes of a value, or items of a vector. */
  private final int width;
  private final LanceColumnVector[] children;

  private boolean hasNull;
  private int nullCount;
  private long validity;
  private long firstBit;
  /** Address of the value (or offset, or bit) of row 0. */
  private long values;
  private long text;

  public LanceColumnVector(DataType type, ArrowField field) {
    super(type);
    layout = layoutOf(field.format);
    width = widthOf(field);
    children = childrenOf(type, field);
  }

  private static Layout layoutOf(String format) {
    switch (format.charAt(0)) {
      case 'n': return Layout.NONE;
      case 'b': return Layout.BITS;
      case 'u':
      case 'z': return Layout.TEXT;
      case 'U':
      case 'Z': return Layout.LARGE_TEXT;
      case '+':
        switch (format.charAt(1)) {
          case 'l': return Layout.LIST;
          case 'L': return Layout.LARGE_LIST;
          case 'w': return Layout.VECTOR;
          case 'm': return Layout.MAP;
          default: return Layout.STRUCT;
        }
      default: return Layout.FIXED;
    }
  }

  private static int widthOf(ArrowField field) {
    switch (field.format.charAt(0)) {
      case 'c': return 1;
      case 's': return 2;
      case 'i':
      case 'f': return 4;
      case 'l':
      case 'g': return 8;
      case 'd': return 16;
      case 'w': return field.width();
      case 't': return field.format.equals("tdD") ? 4 : 8;
      default: return field.isFixedSizeList() ? field.width() : 0;
    }
  }

  private static LanceColumnVector[] childrenOf(DataType type, ArrowField field) {
    if (type instanceof ArrayType) {
      DataType item = ((ArrayType) type).elementType();
      return new LanceColumnVector[] {new LanceColumnVector(item, field.children.get(0))};
    }
    if (type instanceof MapType) {
      MapType map = (MapType) type;
      ArrowField entries = field.children.get(0);
      return new LanceColumnVector[] {
        new LanceColumnVector(map.keyType(), entries.children.get(0)),
        new LanceColumnVector(map.valueType(), entries.children.get(1))
      };
    }
    if (type instanceof StructType) {
      StructType struct = (StructType) type;
      LanceColumnVector[] vectors = new LanceColumnVector[struct.size()];
      for (int i = 0; i < vectors.length; i++) {
        vectors[i] = new LanceColumnVector(struct.fields()[i].dataType(), field.children.get(i));
      }
      return vectors;
    }
    return new LanceColumnVector[0];
  }

  static long numRows(long array) {
    return Platform.getLong(null, array + LENGTH);
  }

  static long child(long array, int index) {
    return Platform.getLong(null, Platform.getLong(null, array + CHILDREN) + 8L * index);
  }

  /** Point this vector at the ArrowArray at `array`, whose row `skip` becomes row 0. */
  void set(long array, long skip) {
    long first = Platform.getLong(null, array + OFFSET) + skip;
    if (layout == Layout.NONE) {
      nullCount = (int) Platform.getLong(null, array + LENGTH);
      hasNull = true;
      return;
    }
    long buffers = Platform.getLong(null, array + BUFFERS);
    validity = Platform.getLong(null, buffers);
    // A count of -1 says that nobody counted.
    long counted = validity == 0 ? 0 : Platform.getLong(null, array + NULL_COUNT);
    hasNull = counted != 0;
    nullCount = (int) (counted < 0 ? Platform.getLong(null, array + LENGTH) : counted);
    firstBit = first;
    switch (layout) {
      case BITS:
        values = Platform.getLong(null, buffers + 8);
        break;
      case FIXED:
        values = Platform.getLong(null, buffers + 8) + first * width;
        break;
      case TEXT:
        values = Platform.getLong(null, buffers + 8) + first * 4;
        text = Platform.getLong(null, buffers + 16);
        break;
      case LARGE_TEXT:
        values = Platform.getLong(null, buffers + 8) + first * 8;
        text = Platform.getLong(null, buffers + 16);
        break;
      case LARGE_LIST:
        values = Platform.getLong(null, buffers + 8) + first * 8;
        children[0].set(child(array, 0), 0);
        break;
      case LIST:
        values = Platform.getLong(null, buffers + 8) + first * 4;
        children[0].set(child(array, 0), 0);
        break;
      case MAP:
        values = Platform.getLong(null, buffers + 8) + first * 4;
        setMap(child(array, 0));
        break;
      case VECTOR:
        children[0].set(child(array, 0), first * width);
        break;
      default:
        for (int i = 0; i < children.length; i++) {
          children[i].set(child(array, i), first);
        }
    }
  }

  private void setMap(long entries) {
    long first = Platform.getLong(null, entries + OFFSET);
    children[0].set(child(entries, 0), first);
    children[1].set(child(entries, 1), first);
  }

  @Override
  public void close() {
    // The reader owns the memory.
  }

  @Override
  public boolean hasNull() {
    return hasNull;
  }

  @Override
  public int numNulls() {
    return nullCount;
  }

  @Override
  public boolean isNullAt(int row) {
    if (!hasNull) {
      return false;
    }
    if (layout == Layout.NONE) {
      return true;
    }
    long bit = firstBit + row;
    return (Platform.getByte(null, validity + (bit >> 3)) >> (bit & 7) & 1) == 0;
  }

  @Override
  public boolean getBoolean(int row) {
    long bit = firstBit + row;
    return (Platform.getByte(null, values + (bit >> 3)) >> (bit & 7) & 1) != 0;
  }

  @Override
  public byte getByte(int row) {
    return Platform.getByte(null, values + row);
  }

  @Override
  public short getShort(int row) {
    return Platform.getShort(null, values + 2L * row);
  }

  @Override
  public int getInt(int row) {
    return Platform.getInt(null, values + 4L * row);
  }

  @Override
  public long getLong(int row) {
    return Platform.getLong(null, values + 8L * row);
  }

  @Override
  public float getFloat(int row) {
    return Platform.getFloat(null, values + 4L * row);
  }

  @Override
  public double getDouble(int row) {
    return Platform.getDouble(null, values + 8L * row);
  }

  @Override
  public int[] getInts(int row, int count) {
    int[] out = new int[count];
    Platform.copyMemory(null, values + 4L * row, out, Platform.INT_ARRAY_OFFSET, 4L * count);
    return out;
  }

  @Override
  public long[] getLongs(int row, int count) {
    long[] out = new long[count];
    Platform.copyMemory(null, values + 8L * row, out, Platform.LONG_ARRAY_OFFSET, 8L * count);
    return out;
  }

  @Override
  public float[] getFloats(int row, int count) {
    float[] out = new float[count];
    Platform.copyMemory(null, values + 4L * row, out, Platform.FLOAT_ARRAY_OFFSET, 4L * count);
    return out;
  }

  @Override
  public double[] getDoubles(int row, int count) {
    double[] out = new double[count];
    Platform.copyMemory(null, values + 8L * row, out, Platform.DOUBLE_ARRAY_OFFSET, 8L * count);
    return out;
  }

  @Override
  public Decimal getDecimal(int row, int precision, int scale) {
    if (isNullAt(row)) {
      return null;
    }
    long address = values + 16L * row;
    if (precision <= Decimal.MAX_LONG_DIGITS()) {
      return Decimal.createUnsafe(Platform.getLong(null, address), precision, scale);
    }
    byte[] bytes = new byte[16];
    for (int i = 0; i < 16; i++) {
      bytes[15 - i] = Platform.getByte(null, address + i);
    }
    java.math.BigDecimal value = new java.math.BigDecimal(new BigInteger(bytes), scale);
    return Decimal.apply(value, precision, scale);
  }

  @Override
  public UTF8String getUTF8String(int row) {
    if (isNullAt(row)) {
      return null;
    }
    if (layout == Layout.TEXT) {
      int begin = Platform.getInt(null, values + 4L * row);
      int end = Platform.getInt(null, values + 4L * row + 4);
      return UTF8String.fromAddress(null, text + begin, end - begin);
    }
    long begin = Platform.getLong(null, values + 8L * row);
    long end = Platform.getLong(null, values + 8L * row + 8);
    return UTF8String.fromAddress(null, text + begin, Math.toIntExact(end - begin));
  }

  @Override
  public byte[] getBinary(int row) {
    if (isNullAt(row)) {
      return null;
    }
    long begin;
    int size;
    if (layout == Layout.FIXED) {
      begin = values + (long) width * row;
      size = width;
    } else if (layout == Layout.TEXT) {
      int offset = Platform.getInt(null, values + 4L * row);
      begin = text + offset;
      size = Platform.getInt(null, values + 4L * row + 4) - offset;
    } else {
      long offset = Platform.getLong(null, values + 8L * row);
      begin = text + offset;
      size = Math.toIntExact(Platform.getLong(null, values + 8L * row + 8) - offset);
    }
    byte[] out = new byte[size];
    Platform.copyMemory(null, begin, out, Platform.BYTE_ARRAY_OFFSET, size);
    return out;
  }

  @Override
  public ColumnarArray getArray(int row) {
    if (isNullAt(row)) {
      return null;
    }
    if (layout == Layout.VECTOR) {
      return new ColumnarArray(children[0], row * width, width);
    }
    if (layout == Layout.LIST) {
      int begin = Platform.getInt(null, values + 4L * row);
      int end = Platform.getInt(null, values + 4L * row + 4);
      return new ColumnarArray(children[0], begin, end - begin);
    }
    long begin = Platform.getLong(null, values + 8L * row);
    long end = Platform.getLong(null, values + 8L * row + 8);
    int size = Math.toIntExact(end - begin);
    return new ColumnarArray(children[0], Math.toIntExact(begin), size);
  }

  @Override
  public ColumnarMap getMap(int row) {
    if (isNullAt(row)) {
      return null;
    }
    int begin = Platform.getInt(null, values + 4L * row);
    int end = Platform.getInt(null, values + 4L * row + 4);
    return new ColumnarMap(children[0], children[1], begin, end - begin);
  }

  @Override
  public LanceColumnVector getChild(int ordinal) {
    return children[ordinal];
  }
}
