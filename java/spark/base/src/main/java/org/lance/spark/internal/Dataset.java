package org.lance.spark.internal;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An open version of a table. Handles are shared: all tasks of a query in one JVM, and the driver's
 * planning where it is the same JVM, use one. The native side closes when nobody holds the object;
 * the few used last are held, so that tasks that follow one another do not open again.
 */
public final class Dataset {
  private static final int HELD = 8;
  private static final long LATEST = 0;
  private static final long NO_TIME = Long.MIN_VALUE;
  private static final Cleaner CLEANER = Cleaner.create();
  private static final Map<TableVersion, WeakReference<Dataset>> OPEN = new HashMap<>();
  private static final LinkedHashMap<TableVersion, Dataset> RECENT =
      new LinkedHashMap<TableVersion, Dataset>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TableVersion, Dataset> eldest) {
          return size() > HELD;
        }
      };

  private final long handle;
  private final TableVersion key;
  private final long numRows;
  private final long numBytes;
  private List<ArrowField> fields;

  private Dataset(long handle, String uri, Map<String, String> storage) {
    this.handle = handle;
    CLEANER.register(this, new Close(handle));
    long[] info = Native.datasetInfo(handle);
    this.key = new TableVersion(uri, info[0], info[1], storage);
    this.numRows = info[2];
    this.numBytes = info[3];
  }

  /** Must not refer to the dataset, or it would never be cleaned. */
  private static final class Close implements Runnable {
    private final long handle;

    Close(long handle) {
      this.handle = handle;
    }

    @Override
    public void run() {
      Native.closeDataset(handle);
    }
  }

  public static Dataset openLatest(String uri, Map<String, String> storage) {
    return remember(open(uri, LATEST, NO_TIME, null, storage));
  }

  public static Dataset openVersion(String uri, long version, Map<String, String> storage) {
    return remember(open(uri, version, NO_TIME, null, storage));
  }

  public static Dataset openTag(String uri, String tag, Map<String, String> storage) {
    return remember(open(uri, LATEST, NO_TIME, tag, storage));
  }

  public static Dataset openAt(String uri, long micros, Map<String, String> storage) {
    return remember(open(uri, LATEST, micros, null, storage));
  }

  /** Open what the driver planned with; refuses a table that was made anew since. */
  public static Dataset open(TableVersion wanted) {
    Dataset known = find(wanted);
    if (known != null) {
      return known;
    }
    Dataset opened = open(wanted.uri, wanted.version, NO_TIME, null, wanted.storage());
    if (!opened.key.equals(wanted)) {
      throw new IllegalStateException(
          "The table at " + wanted + " was replaced while the query ran; run the query again");
    }
    return remember(opened);
  }

  /** Let go of the handles of a table that is gone. */
  public static void forget(String uri) {
    synchronized (OPEN) {
      OPEN.keySet().removeIf(key -> key.uri.equals(uri));
      RECENT.keySet().removeIf(key -> key.uri.equals(uri));
    }
  }

  private static Dataset open(
      String uri, long version, long micros, String tag, Map<String, String> storage) {
    long handle = Native.openDataset(uri, version, micros, tag, Pairs.of(storage));
    return new Dataset(handle, uri, storage);
  }

  private static Dataset find(TableVersion wanted) {
    synchronized (OPEN) {
      WeakReference<Dataset> reference = OPEN.get(wanted);
      Dataset dataset = reference == null ? null : reference.get();
      if (dataset != null) {
        RECENT.put(wanted, dataset);
      }
      return dataset;
    }
  }

  /** Keep `opened`, or give the handle of the same version that is open already. */
  private static Dataset remember(Dataset opened) {
    Dataset known = find(opened.key);
    if (known != null) {
      return known;
    }
    synchronized (OPEN) {
      OPEN.values().removeIf(reference -> reference.get() == null);
      OPEN.put(opened.key, new WeakReference<>(opened));
      RECENT.put(opened.key, opened);
    }
    return opened;
  }

  /** The number that the native library knows this by; valid while this object is reachable. */
  public long handle() {
    return handle;
  }

  public TableVersion key() {
    return key;
  }

  public long numRows() {
    return numRows;
  }

  public long numBytes() {
    return numBytes;
  }

  public synchronized List<ArrowField> fields() {
    if (fields == null) {
      fields = ArrowField.parse(Native.datasetSchema(handle));
    }
    return fields;
  }
}
