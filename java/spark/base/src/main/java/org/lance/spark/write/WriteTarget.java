package org.lance.spark.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.LanceOptions;
import org.lance.spark.internal.ArrowField;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Native;
import org.lance.spark.internal.Pairs;
import org.lance.spark.internal.Schemas;

/** Where a job writes: a version of a table that is there, or a table to make (or to make anew). */
public final class WriteTarget {
  public static final String CREATE = "create";
  public static final String APPEND = "append";
  public static final String OVERWRITE = "overwrite";

  private final String name;
  private final String uri;
  private final Map<String, String> storage;
  /** The version that the job looked at; null when the table is new. */
  private final Dataset base;
  /** Columns of a table to make; null = those of `base`. */
  private final List<ArrowField> columns;
  private final Map<String, String> writerOptions;

  private WriteTarget(
      String name,
      String uri,
      Map<String, String> storage,
      Dataset base,
      List<ArrowField> columns,
      Map<String, String> writerOptions) {
    this.name = name;
    this.uri = uri;
    this.storage = storage;
    this.base = base;
    this.columns = columns;
    this.writerOptions = writerOptions;
  }

  public static WriteTarget existing(String name, Dataset base, LanceOptions options) {
    return new WriteTarget(
        name, base.key().uri, base.key().storage(), base, null, options.writerOptions());
  }

  public static WriteTarget create(
      String name,
      String uri,
      Map<String, String> storage,
      List<ArrowField> columns,
      LanceOptions options) {
    return new WriteTarget(name, uri, storage, null, columns, options.writerOptions());
  }

  public static WriteTarget replace(
      String name, Dataset base, List<ArrowField> columns, LanceOptions options) {
    return new WriteTarget(
        name, base.key().uri, base.key().storage(), base, columns, options.writerOptions());
  }

  /** The same target; options of the statement go before those known so far. */
  WriteTarget with(LanceOptions options) {
    Map<String, String> merged = new TreeMap<>(writerOptions);
    merged.putAll(options.writerOptions());
    return new WriteTarget(name, uri, storage, base, columns, merged);
  }

  public String name() {
    return name;
  }

  public String uri() {
    return uri;
  }

  public Map<String, String> storage() {
    return storage;
  }

  /** Commit what the tasks wrote as one version and return its number. */
  public long commit(byte[][] messages, String mode) {
    List<byte[]> written = new ArrayList<>();
    for (byte[] message : messages) {
      if (message.length > 0) {
        written.add(message);
      }
    }
    if (mode.equals(APPEND) && written.isEmpty()) {
      return base.key().version;
    }
    byte[] schema = columns == null ? null : ArrowField.serialize(columns);
    long version =
        Native.commit(
            uri,
            base == null ? 0 : base.handle(),
            written.toArray(new byte[0][]),
            schema,
            Pairs.of(nativeOptions(mode)));
    java.lang.ref.Reference.reachabilityFence(base);
    return version;
  }

  /** Delete files that were written and not committed. */
  void discard(byte[][] messages) {
    if (messages.length > 0) {
      Native.deleteUncommitted(uri, messages, Pairs.of(storage));
    }
  }

  LanceWriterFactory writerFactory() {
    List<ArrowField> stored = columns == null ? base.fields() : columns;
    StructType schema = Schemas.toSpark(stored);
    return new LanceWriterFactory(
        uri,
        columns == null ? base.key() : null,
        columns == null ? null : ArrowField.serialize(columns),
        ArrowField.serialize(Schemas.rowLayout(stored, schema)),
        schema,
        Pairs.of(nativeOptions(null)),
        Pairs.of(storage));
  }

  /** Options of the writer and, with a prefix, of the store. */
  private Map<String, String> nativeOptions(String mode) {
    Map<String, String> options = new TreeMap<>(writerOptions);
    storage.forEach((key, value) -> options.put("storage." + key, value));
    if (mode != null) {
      options.put("mode", mode);
    }
    return options;
  }
}
