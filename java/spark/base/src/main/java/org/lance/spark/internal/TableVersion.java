package org.lance.spark.internal;

import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Names one version of one table: what a query is pinned to, on the driver and in its tasks. */
public final class TableVersion implements Serializable {
  private static final long serialVersionUID = 1L;

  public final String uri;
  public final long version;
  /** Tells a version from one with its number of a table dropped and made again. */
  public final long commitNanos;
  private final TreeMap<String, String> storage;

  public TableVersion(String uri, long version, long commitNanos, Map<String, String> storage) {
    this.uri = uri;
    this.version = version;
    this.commitNanos = commitNanos;
    this.storage = new TreeMap<>(storage);
  }

  public Map<String, String> storage() {
    return storage;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof TableVersion)) {
      return false;
    }
    TableVersion that = (TableVersion) other;
    return uri.equals(that.uri)
        && version == that.version
        && commitNanos == that.commitNanos
        && storage.equals(that.storage);
  }

  @Override
  public int hashCode() {
    return Objects.hash(uri, version, commitNanos);
  }

  @Override
  public String toString() {
    return uri + " version " + version;
  }
}
