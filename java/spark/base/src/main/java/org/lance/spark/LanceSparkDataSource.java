package org.lance.spark;

import java.nio.file.Paths;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.SupportsCatalogOptions;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.NativeException;

/** `format("lance")`: tables by path. */
public class LanceSparkDataSource extends LanceDataSource
    implements SupportsCatalogOptions, DataSourceRegister {
  private static final String CATALOG = "lance";
  private static final String PATH_CATALOG = "lance_path";
  private static final String CATALOG_CONF = "spark.sql.catalog.";

  public LanceSparkDataSource() {}

  @Override
  public String shortName() {
    return name;
  }

  /**
   * Spark reads and creates through a catalog. The one named `lance` serves when it is ours; where
   * there is none, a catalog of paths is set up under that name.
   */
  @Override
  public String extractCatalog(CaseInsensitiveStringMap options) {
    SparkSession session = SparkSession.active();
    if (!session.conf().contains(CATALOG_CONF + CATALOG)) {
      session.conf().set(CATALOG_CONF + CATALOG, LanceNamespaceSparkCatalog.class.getName());
      return CATALOG;
    }
    CatalogPlugin plugin = session.sessionState().catalogManager().catalog(CATALOG);
    if (plugin instanceof LanceNamespaceSparkCatalog) {
      return CATALOG;
    }
    session.conf().set(CATALOG_CONF + PATH_CATALOG, LanceNamespaceSparkCatalog.class.getName());
    return PATH_CATALOG;
  }

  @Override
  public Identifier extractIdentifier(CaseInsensitiveStringMap options) {
    return Identifier.of(new String[0], uri(options));
  }

  @Override
  public Optional<String> extractTimeTravelVersion(CaseInsensitiveStringMap options) {
    String version = options.get(LanceOptions.VERSION_AS_OF);
    return Optional.ofNullable(version != null ? version : options.get(LanceOptions.VERSION));
  }

  @Override
  public Optional<String> extractTimeTravelTimestamp(CaseInsensitiveStringMap options) {
    return Optional.ofNullable(options.get(LanceOptions.TIMESTAMP_AS_OF));
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return open(options).schema();
  }

  @Override
  public Table getTable(StructType schema, Transform[] partitions, Map<String, String> properties) {
    return open(new CaseInsensitiveStringMap(properties));
  }

  private static LanceDataset open(CaseInsensitiveStringMap options) {
    String uri = uri(options);
    Map<String, String> given = options.asCaseSensitiveMap();
    try {
      return new LanceDataset(uri, Dataset.openLatest(uri, LanceOptions.storage(given)), given);
    } catch (NativeException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** The path, absolute: a name without a slash would be taken for a table of the namespace. */
  private static String uri(CaseInsensitiveStringMap options) {
    String path = options.get(LanceOptions.PATH);
    if (path == null || path.isEmpty()) {
      throw new IllegalArgumentException(
          "The lance data source needs the option path: load(\"/data/table.lance\")");
    }
    return path.contains("://") || path.startsWith("file:")
        ? path
        : Paths.get(path).toAbsolutePath().toString();
  }
}
