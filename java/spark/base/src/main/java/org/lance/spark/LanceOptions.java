package org.lance.spark;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Options of reads and writes: those of the operation, else those of the catalog. */
public final class LanceOptions {
  public static final String PATH = "path";
  public static final String PUSH_DOWN_FILTERS = "pushDownFilters";
  public static final String BATCH_SIZE = "batch_size";
  public static final String VERSION = "version";
  public static final String VERSION_AS_OF = "versionAsOf";
  public static final String TIMESTAMP_AS_OF = "timestampAsOf";
  public static final String MAX_ROWS_PER_FILE = "max_row_per_file";
  public static final String MAX_BYTES_PER_FILE = "max_bytes_per_file";
  public static final String FILE_FORMAT_VERSION = "file_format_version";
  public static final String OPTIMIZE = "optimize";
  public static final String DATA_STORAGE_VERSION = "data_storage_version";

  private static final String STORAGE_PREFIX = "storage.";
  private static final int DEFAULT_BATCH_ROWS = 8192;

  private final Map<String, String> values = new HashMap<>();

  public LanceOptions(Map<String, String> defaults, Map<String, String> given) {
    defaults.forEach((key, value) -> values.put(key.toLowerCase(Locale.ROOT), value));
    given.forEach((key, value) -> values.put(key.toLowerCase(Locale.ROOT), value));
  }

  public String get(String key) {
    return values.get(key.toLowerCase(Locale.ROOT));
  }

  public boolean pushDownFilters() {
    String text = get(PUSH_DOWN_FILTERS);
    return text == null || Boolean.parseBoolean(text);
  }

  public int batchRows() {
    String text = get(BATCH_SIZE);
    return text == null ? DEFAULT_BATCH_ROWS : (int) positive(BATCH_SIZE, text);
  }

  /** Options of the native writer, under its names. */
  public Map<String, String> writerOptions() {
    Map<String, String> options = new TreeMap<>();
    for (String key : new String[] {MAX_ROWS_PER_FILE, MAX_BYTES_PER_FILE}) {
      if (get(key) != null) {
        options.put(key, Long.toString(positive(key, get(key))));
      }
    }
    String format = get(FILE_FORMAT_VERSION);
    if (format == null) {
      format = get(DATA_STORAGE_VERSION);
    }
    if (format != null) {
      options.put(FILE_FORMAT_VERSION, format.toLowerCase(Locale.ROOT));
    }
    if (get(OPTIMIZE) != null) {
      options.put(OPTIMIZE, get(OPTIMIZE).toLowerCase(Locale.ROOT));
    }
    return options;
  }

  /** Options of the object store: the keys below "storage.", prefix stripped. */
  public static Map<String, String> storage(Map<String, String> options) {
    Map<String, String> storage = new TreeMap<>();
    options.forEach(
        (key, value) -> {
          if (key.toLowerCase(Locale.ROOT).startsWith(STORAGE_PREFIX)) {
            storage.put(key.substring(STORAGE_PREFIX.length()), value);
          }
        });
    return storage;
  }

  private static long positive(String key, String text) {
    try {
      long value = Long.parseLong(text.trim());
      if (value > 0 && value <= (key.equals(BATCH_SIZE) ? Integer.MAX_VALUE : Long.MAX_VALUE)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException(
        "Option " + key + " must be a positive number, not " + text);
  }
}
