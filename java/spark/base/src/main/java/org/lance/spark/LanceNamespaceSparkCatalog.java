package org.lance.spark;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.analysis.NamespaceAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.NonEmptyNamespaceException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.StagingTableCatalog;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.lance.spark.internal.ArrowField;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Namespace;
import org.lance.spark.internal.Native;
import org.lance.spark.internal.NativeException;
import org.lance.spark.internal.Pairs;
import org.lance.spark.internal.Schemas;
import org.lance.spark.write.WriteTarget;

/**
 * A Spark catalog over a Lance namespace. Names that are paths (lance.`/data/t.lance`) go around
 * the namespace; without the option `impl` there are only those.
 */
public class LanceNamespaceSparkCatalog implements StagingTableCatalog, SupportsNamespaces {
  private static final String NOT_FOUND = "TableNotFound";
  private static final String TAKEN = "TableAlreadyExists";

  private String catalogName;
  private CatalogOptions options;
  private Namespace connection;

  @Override
  public void initialize(String name, CaseInsensitiveStringMap given) {
    catalogName = name;
    options = new CatalogOptions(given.asCaseSensitiveMap());
  }

  @Override
  public String name() {
    return catalogName;
  }

  // Tables

  @Override
  public Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
    if (options.impl() == null) {
      return new Identifier[0];
    }
    try {
      String[] names = connection().listTables(levels(namespace));
      return Arrays.stream(names).map(table -> Identifier.of(namespace, table))
          .toArray(Identifier[]::new);
    } catch (NativeException e) {
      throw namespaceError(e, namespace);
    }
  }

  @Override
  public Table loadTable(Identifier ident) throws NoSuchTableException {
    return load(ident, place -> Dataset.openLatest(place.uri, place.storage));
  }

  @Override
  public Table loadTable(Identifier ident, String version) throws NoSuchTableException {
    return load(ident, place -> TimeTravel.open(place.uri, version, place.storage));
  }

  @Override
  public Table loadTable(Identifier ident, long timestampMicros) throws NoSuchTableException {
    return load(ident, place -> Dataset.openAt(place.uri, timestampMicros, place.storage));
  }

  private interface Opener {
    Dataset open(Place place);
  }

  private LanceDataset load(Identifier ident, Opener opener) throws NoSuchTableException {
    try {
      return new LanceDataset(displayName(ident), opener.open(locate(ident)), options.all());
    } catch (NativeException e) {
      if (e.is(NOT_FOUND) || e.is("NamespaceNotFound")) {
        throw new NoSuchTableException(ident);
      }
      throw e;
    }
  }

  @Override
  @SuppressWarnings("deprecation")
  public Table createTable(
      Identifier ident, StructType schema, Transform[] partitions, Map<String, String> properties)
      throws TableAlreadyExistsException, NoSuchNamespaceException {
    LanceStagedTable staged = stageNew(ident, schema, partitions, properties);
    try {
      staged.commitStagedChanges();
    } catch (NativeException e) {
      staged.abortStagedChanges();
      throw tableError(e, ident);
    } catch (Throwable e) {
      staged.abortStagedChanges();
      throw e;
    }
    try {
      return loadTable(ident);
    } catch (NoSuchTableException e) {
      throw new IllegalStateException("Table " + ident + " vanished while it was created", e);
    }
  }

  @Override
  public Table alterTable(Identifier ident, TableChange... changes) {
    throw new UnsupportedOperationException(
        "Lance catalog " + catalogName + " cannot alter table " + ident);
  }

  @Override
  public void renameTable(Identifier from, Identifier to) {
    throw new UnsupportedOperationException(
        "Lance catalog " + catalogName + " cannot rename table " + from);
  }

  @Override
  public boolean dropTable(Identifier ident) {
    return drop(ident, options.dropDeletes());
  }

  @Override
  public boolean purgeTable(Identifier ident) {
    return drop(ident, true);
  }

  private boolean drop(Identifier ident, boolean deleteData) {
    try {
      Place place = locate(ident);
      if (isPath(ident)) {
        Native.deleteTable(place.uri, Pairs.of(place.storage));
      } else if (deleteData) {
        connection().dropTable(tableId(ident));
      } else {
        connection().deregisterTable(tableId(ident));
      }
      Dataset.forget(place.uri);
      return true;
    } catch (NativeException e) {
      if (e.is(NOT_FOUND) || e.is("NamespaceNotFound")) {
        return false;
      }
      throw e;
    }
  }

  // Tables that come to be with their data

  @Override
  @SuppressWarnings("deprecation")
  public StagedTable stageCreate(
      Identifier ident, StructType schema, Transform[] partitions, Map<String, String> properties)
      throws TableAlreadyExistsException, NoSuchNamespaceException {
    LanceStagedTable staged = stageNew(ident, schema, partitions, properties);
    if (tableExists(ident)) {
      throw new TableAlreadyExistsException(ident);
    }
    return staged;
  }

  @Override
  @SuppressWarnings("deprecation")
  public StagedTable stageReplace(
      Identifier ident, StructType schema, Transform[] partitions, Map<String, String> properties)
      throws NoSuchNamespaceException, NoSuchTableException {
    List<ArrowField> columns = columns(ident, schema, partitions, properties);
    Dataset base = ((LanceDataset) loadTable(ident)).dataset();
    LanceOptions given = new LanceOptions(options.all(), properties);
    WriteTarget target = WriteTarget.replace(displayName(ident), base, columns, given);
    return new LanceStagedTable(target, columns, WriteTarget.OVERWRITE, options.all(), () -> {});
  }

  @Override
  @SuppressWarnings("deprecation")
  public StagedTable stageCreateOrReplace(
      Identifier ident, StructType schema, Transform[] partitions, Map<String, String> properties)
      throws NoSuchNamespaceException {
    try {
      return stageReplace(ident, schema, partitions, properties);
    } catch (NoSuchTableException e) {
      try {
        return stageNew(ident, schema, partitions, properties);
      } catch (TableAlreadyExistsException raced) {
        throw new IllegalStateException("Table " + ident + " appeared while it was created", raced);
      }
    }
  }

  private LanceStagedTable stageNew(
      Identifier ident, StructType schema, Transform[] partitions, Map<String, String> properties)
      throws TableAlreadyExistsException, NoSuchNamespaceException {
    List<ArrowField> columns = columns(ident, schema, partitions, properties);
    Place place = isPath(ident) ? pathPlace(ident) : declare(ident);
    String location = properties.get(TableCatalog.PROP_LOCATION);
    if (location != null && !isPath(ident) && !location.equals(place.uri)) {
      place.undo.run();
      throw new UnsupportedOperationException(
          "LOCATION '" + location + "' of table " + ident
              + ": the namespace decides where tables lie");
    }
    LanceOptions given = new LanceOptions(options.all(), properties);
    WriteTarget target =
        WriteTarget.create(displayName(ident), place.uri, place.storage, columns, given);
    return new LanceStagedTable(
        target, columns, WriteTarget.CREATE, options.all(), place.undo);
  }

  private List<ArrowField> columns(
      Identifier ident, StructType schema, Transform[] partitions, Map<String, String> properties) {
    if (partitions.length > 0) {
      throw new UnsupportedOperationException(
          "Table " + ident + ": Lance tables are not partitioned; leave PARTITIONED BY out");
    }
    return Schemas.toArrow(schema, properties);
  }

  /** Reserve the name of a new table. */
  private Place declare(Identifier ident)
      throws TableAlreadyExistsException, NoSuchNamespaceException {
    String[] id = tableId(ident);
    try {
      return new Place(connection().declareTable(id), () -> connection().dropTable(id));
    } catch (NativeException e) {
      if (!e.is(TAKEN)) {
        throw tableError(e, ident);
      }
    }
    // Reserved by somebody, perhaps one who crashed. The commit will tell whether a table is there.
    try {
      return new Place(connection().describeTable(id), () -> {});
    } catch (NativeException e) {
      throw tableError(e, ident);
    }
  }

  // Namespaces

  @Override
  public String[][] listNamespaces() throws NoSuchNamespaceException {
    Set<String> names = new LinkedHashSet<>();
    if (options.impl() != null) {
      if (options.virtualLevel() != null) {
        names.add(options.virtualLevel());
      }
      if (!options.singleLevel()) {
        names.addAll(Arrays.asList(connection().listNamespaces(options.parent())));
      }
    }
    return names.stream().map(name -> new String[] {name}).toArray(String[][]::new);
  }

  @Override
  public String[][] listNamespaces(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length == 0) {
      return listNamespaces();
    }
    if (isVirtual(namespace)) {
      return new String[0][];
    }
    return inNamespace(
        namespace,
        () ->
            Arrays.stream(connection().listNamespaces(levels(namespace)))
                .map(child -> append(namespace, child))
                .toArray(String[][]::new));
  }

  @Override
  public Map<String, String> loadNamespaceMetadata(String[] namespace)
      throws NoSuchNamespaceException {
    if (namespace.length == 0 || isVirtual(namespace)) {
      return Collections.emptyMap();
    }
    return inNamespace(namespace, () -> connection().describeNamespace(levels(namespace)));
  }

  @Override
  public void createNamespace(String[] namespace, Map<String, String> properties)
      throws NamespaceAlreadyExistsException {
    if (isVirtual(namespace)) {
      throw new NamespaceAlreadyExistsException(namespace);
    }
    try {
      connection().createNamespace(levels(namespace), properties);
    } catch (NativeException e) {
      if (e.is("NamespaceAlreadyExists")) {
        throw new NamespaceAlreadyExistsException(namespace);
      }
      throw e;
    }
  }

  @Override
  public void alterNamespace(String[] namespace, NamespaceChange... changes) {
    throw new UnsupportedOperationException(
        "Lance catalog " + catalogName + " cannot alter namespace " + String.join(".", namespace));
  }

  @Override
  public boolean dropNamespace(String[] namespace, boolean cascade)
      throws NoSuchNamespaceException, NonEmptyNamespaceException {
    if (isVirtual(namespace)) {
      throw new UnsupportedOperationException(
          "Namespace " + String.join(".", namespace) + " is the root of the catalog");
    }
    try {
      connection().dropNamespace(levels(namespace), cascade);
      return true;
    } catch (NativeException e) {
      if (e.is("NamespaceNotEmpty")) {
        throw new NonEmptyNamespaceException(namespace);
      }
      throw namespaceError(e, namespace);
    }
  }

  // Names

  /** Where a table lies; `undo` takes a reservation back. */
  private static final class Place {
    final String uri;
    final Map<String, String> storage;
    final Runnable undo;

    Place(String uri, Map<String, String> storage, Runnable undo) {
      this.uri = uri;
      this.storage = storage;
      this.undo = undo;
    }

    Place(Namespace.Location location, Runnable undo) {
      this(location.uri, location.storage, undo);
    }
  }

  private Place locate(Identifier ident) {
    if (isPath(ident)) {
      return pathPlace(ident);
    }
    return new Place(connection().describeTable(tableId(ident)), () -> {});
  }

  private Place pathPlace(Identifier ident) {
    return new Place(ident.name(), options.storage(), () -> {});
  }

  private static boolean isPath(Identifier ident) {
    return ident.name().indexOf('/') >= 0;
  }

  private String displayName(Identifier ident) {
    return isPath(ident) ? ident.name() : catalogName + "." + ident;
  }

  private synchronized Namespace connection() {
    if (connection == null) {
      if (options.impl() == null) {
        throw new IllegalArgumentException(
            "Catalog " + catalogName + " knows tables by path only: set spark.sql.catalog."
                + catalogName + ".impl (such as dir) and .root to use names");
      }
      connection = Namespace.connect(options.impl(), options.namespaceProperties());
    }
    return connection;
  }

  /** True for the level that stands for the root, unless the namespace really has it. */
  private boolean isVirtual(String[] namespace) {
    if (namespace.length != 1 || !namespace[0].equals(options.virtualLevel())) {
      return false;
    }
    if (options.singleLevel()) {
      return true;
    }
    String[] real = connection().listNamespaces(options.parent());
    return !Arrays.asList(real).contains(namespace[0]);
  }

  /** The namespace's own id of what users call `namespace`. */
  private String[] levels(String[] namespace) {
    String[] below = isVirtual(namespace) ? new String[0] : namespace;
    String[] id = Arrays.copyOf(options.parent(), options.parent().length + below.length);
    System.arraycopy(below, 0, id, id.length - below.length, below.length);
    return id;
  }

  private String[] tableId(Identifier ident) {
    return append(levels(ident.namespace()), ident.name());
  }

  private static String[] append(String[] levels, String name) {
    String[] id = Arrays.copyOf(levels, levels.length + 1);
    id[levels.length] = name;
    return id;
  }

  // Errors

  private <T> T inNamespace(String[] namespace, Supplier<T> work) throws NoSuchNamespaceException {
    try {
      return work.get();
    } catch (NativeException e) {
      throw namespaceError(e, namespace);
    }
  }

  private static NativeException namespaceError(NativeException e, String[] namespace)
      throws NoSuchNamespaceException {
    if (e.is("NamespaceNotFound")) {
      throw new NoSuchNamespaceException(namespace);
    }
    return e;
  }

  private static NativeException tableError(NativeException e, Identifier ident)
      throws TableAlreadyExistsException, NoSuchNamespaceException {
    if (e.is(TAKEN)) {
      throw new TableAlreadyExistsException(ident);
    }
    if (e.is("NamespaceNotFound")) {
      throw new NoSuchNamespaceException(ident.namespace());
    }
    return e;
  }
}
