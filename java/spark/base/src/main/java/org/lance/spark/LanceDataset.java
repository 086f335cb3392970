package org.lance.spark;

import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.MetadataColumn;
import org.apache.spark.sql.connector.catalog.SupportsMetadataColumns;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TruncatableTable;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.lance.spark.internal.ArrowField;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Schemas;
import org.lance.spark.read.LanceScanBuilder;
import org.lance.spark.read.MetadataColumns;
import org.lance.spark.write.LanceWriteBuilder;
import org.lance.spark.write.WriteTarget;

/** One version of a Lance table, as Spark sees it. */
public class LanceDataset
    implements SupportsRead, SupportsWrite, SupportsMetadataColumns, TruncatableTable {
  private final String name;
  private final Dataset dataset;
  private final Map<String, String> defaults;
  private final StructType schema;

  /** `defaults` are the options of the catalog. */
  LanceDataset(String name, Dataset dataset, Map<String, String> defaults) {
    this.name = name;
    this.dataset = dataset;
    this.defaults = defaults;
    this.schema = Schemas.toSpark(dataset.fields());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  @SuppressWarnings("deprecation")
  public StructType schema() {
    return schema;
  }

  @Override
  public Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(TableCatalog.PROP_PROVIDER, LanceDataSource.name);
    properties.put(TableCatalog.PROP_LOCATION, dataset.key().uri);
    properties.put("version", Long.toString(dataset.key().version));
    for (ArrowField field : dataset.fields()) {
      if (field.isFixedSizeList()) {
        properties.put(
            field.name + "." + Schemas.VECTOR_SIZE, Integer.toString(field.width()));
      }
    }
    return properties;
  }

  @Override
  public Set<TableCapability> capabilities() {
    return EnumSet.of(
        TableCapability.BATCH_READ, TableCapability.BATCH_WRITE, TableCapability.TRUNCATE);
  }

  @Override
  public MetadataColumn[] metadataColumns() {
    return MetadataColumns.all();
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap given) {
    LanceOptions options = new LanceOptions(defaults, given.asCaseSensitiveMap());
    return new LanceScanBuilder(name, pinned(given), options);
  }

  /** `option("version", n)` of a read by name. */
  private Dataset pinned(CaseInsensitiveStringMap given) {
    String version = given.get(LanceOptions.VERSION);
    if (version == null || version.equals(Long.toString(dataset.key().version))) {
      return dataset;
    }
    Dataset other = TimeTravel.open(dataset.key().uri, version, dataset.key().storage());
    if (!Schemas.toSpark(other.fields()).equals(schema)) {
      throw new IllegalArgumentException(
          "Version " + version + " of " + name + " has other columns; read it with VERSION AS OF");
    }
    return other;
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    LanceOptions options = new LanceOptions(defaults, info.options().asCaseSensitiveMap());
    return new LanceWriteBuilder(WriteTarget.existing(name, dataset, options), info.queryId());
  }

  @Override
  public boolean truncateTable() {
    LanceOptions options = new LanceOptions(defaults, Collections.emptyMap());
    WriteTarget.existing(name, dataset, options).commit(new byte[0][], WriteTarget.OVERWRITE);
    return true;
  }

  protected Dataset dataset() {
    return dataset;
  }

  /** The same version of the same table: lets Spark find what it cached. */
  @Override
  public boolean equals(Object other) {
    return other instanceof LanceDataset
        && other.getClass() == getClass()
        && ((LanceDataset) other).dataset.key().equals(dataset.key());
  }

  @Override
  public int hashCode() {
    return dataset.key().hashCode();
  }
}
