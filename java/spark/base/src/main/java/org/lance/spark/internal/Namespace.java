package org.lance.spark.internal;

import java.lang.ref.Cleaner;
import java.util.Map;

/** A connection to a namespace of the native library; closed when nobody holds it. */
public final class Namespace {
  private static final Cleaner CLEANER = Cleaner.create();

  private final long handle;

  private Namespace(long handle) {
    this.handle = handle;
    CLEANER.register(this, new Close(handle));
  }

  private static final class Close implements Runnable {
    private final long handle;

    Close(long handle) {
      this.handle = handle;
    }

    @Override
    public void run() {
      Native.closeNamespace(handle);
    }
  }

  public static Namespace connect(String impl, Map<String, String> properties) {
    return new Namespace(Native.connectNamespace(impl, Pairs.of(properties)));
  }

  /** Where a table lies and the options of its storage. */
  public static final class Location {
    public final String uri;
    public final Map<String, String> storage;

    Location(String[] answer) {
      uri = answer[0];
      storage = Pairs.toMap(answer, 1);
    }
  }

  public String[] listTables(String[] id) {
    return Native.listTables(handle, id);
  }

  public String[] listNamespaces(String[] id) {
    return Native.listNamespaces(handle, id);
  }

  public Location describeTable(String[] id) {
    return new Location(Native.describeTable(handle, id));
  }

  public Location declareTable(String[] id) {
    return new Location(Native.declareTable(handle, id));
  }

  public void dropTable(String[] id) {
    Native.dropTable(handle, id);
  }

  public void deregisterTable(String[] id) {
    Native.deregisterTable(handle, id);
  }

  public Map<String, String> describeNamespace(String[] id) {
    return Pairs.toMap(Native.describeNamespace(handle, id), 0);
  }

  public void createNamespace(String[] id, Map<String, String> properties) {
    Native.createNamespace(handle, id, Pairs.of(properties));
  }

  public void dropNamespace(String[] id, boolean cascade) {
    Native.dropNamespace(handle, id, cascade);
  }
}
