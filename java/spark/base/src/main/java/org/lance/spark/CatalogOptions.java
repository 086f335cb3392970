package org.lance.spark;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The keys below `spark.sql.catalog.NAME.`. */
final class CatalogOptions {
  private static final String DEFAULT_LEVEL = "default";
  private static final String DIRECTORY = "dir";
  /** Keys that mean something on this side only. */
  private static final Set<String> OURS =
      new HashSet<>(
          Arrays.asList(
              "impl", "extra_level", "single_level_ns", "parent", "parent_delimiter",
              "drop_table_purges"));

  private final Map<String, String> original;
  private final Map<String, String> lower = new HashMap<>();

  CatalogOptions(Map<String, String> options) {
    original = options;
    options.forEach((key, value) -> lower.put(key.toLowerCase(Locale.ROOT), value));
  }

  /** Short name of the namespace implementation; null = paths only. */
  String impl() {
    return lower.get("impl");
  }

  /** A level that users write and the namespace does not have; null = none. */
  String virtualLevel() {
    String given = lower.get("extra_level");
    if (given != null) {
      return given;
    }
    return DIRECTORY.equals(impl()) || singleLevel() ? DEFAULT_LEVEL : null;
  }

  /** True when no level but the virtual one may exist. */
  boolean singleLevel() {
    return Boolean.parseBoolean(lower.getOrDefault("single_level_ns", "false"));
  }

  String[] parent() {
    String parent = lower.get("parent");
    if (parent == null || parent.isEmpty()) {
      return new String[0];
    }
    return parent.split(Pattern.quote(lower.getOrDefault("parent_delimiter", ".")));
  }

  boolean dropDeletes() {
    return Boolean.parseBoolean(lower.getOrDefault("drop_table_purges", "true"));
  }

  Map<String, String> storage() {
    return LanceOptions.storage(original);
  }

  /** Defaults of reads and writes. */
  Map<String, String> all() {
    return original;
  }

  Map<String, String> namespaceProperties() {
    Map<String, String> properties = new TreeMap<>();
    original.forEach(
        (key, value) -> {
          if (!OURS.contains(key.toLowerCase(Locale.ROOT))) {
            properties.put(key, value);
          }
        });
    return properties;
  }
}
