package org.lance.spark.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One field of an Arrow schema: the members of the C Data Interface's ArrowSchema. It crosses JNI
 * as bytes: name, format, flags, metadata, children; texts as length and UTF-8, all big-endian.
 */
public final class ArrowField {
  private static final int NULLABLE = 1;
  private static final int EXACT = 2;

  public final String name;
  public final String format;
  public final boolean nullable;
  /** The table holds exactly this type: nothing is converted between it and Spark. */
  public final boolean exact;
  public final Map<String, String> metadata;
  public final List<ArrowField> children;

  public ArrowField(
      String name,
      String format,
      boolean nullable,
      Map<String, String> metadata,
      List<ArrowField> children) {
    this(name, format, nullable, true, metadata, children);
  }

  private ArrowField(
      String name,
      String format,
      boolean nullable,
      boolean exact,
      Map<String, String> metadata,
      List<ArrowField> children) {
    this.name = name;
    this.format = format;
    this.nullable = nullable;
    this.exact = exact;
    this.metadata = Collections.unmodifiableMap(metadata);
    this.children = Collections.unmodifiableList(children);
  }

  /** Number of items of a fixed-size list, width of a fixed-size binary. */
  public int width() {
    return Integer.parseInt(format.substring(format.indexOf(':') + 1));
  }

  public boolean isFixedSizeList() {
    return format.startsWith("+w:");
  }

  public static byte[] serialize(List<ArrowField> fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writeFields(new DataOutputStream(bytes), fields);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  public static List<ArrowField> parse(byte[] wire) {
    try {
      return readFields(new DataInputStream(new ByteArrayInputStream(wire)));
    } catch (IOException e) {
      throw new IllegalStateException("malformed schema message", e);
    }
  }

  private static void writeFields(DataOutputStream out, List<ArrowField> fields)
      throws IOException {
    out.writeInt(fields.size());
    for (ArrowField field : fields) {
      writeText(out, field.name);
      writeText(out, field.format);
      out.writeByte(field.nullable ? NULLABLE : 0);
      out.writeInt(field.metadata.size());
      for (Map.Entry<String, String> entry : field.metadata.entrySet()) {
        writeText(out, entry.getKey());
        writeText(out, entry.getValue());
      }
      writeFields(out, field.children);
    }
  }

  private static List<ArrowField> readFields(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<ArrowField> fields = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = readText(in);
      String format = readText(in);
      int flags = in.readUnsignedByte();
      Map<String, String> metadata = new LinkedHashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        String key = readText(in);
        metadata.put(key, readText(in));
      }
      List<ArrowField> children = readFields(in);
      fields.add(
          new ArrowField(
              name, format, (flags & NULLABLE) != 0, (flags & EXACT) != 0, metadata, children));
    }
    return fields;
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readText(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
