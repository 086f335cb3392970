package org.lance.spark.read;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.expressions.aggregate.AggregateFunc;
import org.apache.spark.sql.connector.expressions.aggregate.Aggregation;
import org.apache.spark.sql.connector.expressions.aggregate.CountStar;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownAggregates;
import org.apache.spark.sql.connector.read.SupportsPushDownLimit;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.SupportsPushDownV2Filters;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.LanceOptions;
import org.lance.spark.internal.Dataset;
import org.lance.spark.internal.Native;
import org.lance.spark.internal.Schemas;

/** Collects what Spark leaves to the scan: columns, filters, limit, COUNT(*). */
public final class LanceScanBuilder
    implements SupportsPushDownRequiredColumns,
        SupportsPushDownV2Filters,
        SupportsPushDownLimit,
        SupportsPushDownAggregates {
  private static final int NO_LIMIT = -1;

  private final String tableName;
  private final Dataset dataset;
  private final LanceOptions options;
  private StructType schema;
  private Predicate[] pushed = new Predicate[0];
  private byte[] filter;
  private int limit = NO_LIMIT;
  private boolean hasResidual;
  private boolean countStar;

  public LanceScanBuilder(String tableName, Dataset dataset, LanceOptions options) {
    this.tableName = tableName;
    this.dataset = dataset;
    this.options = options;
    this.schema = Schemas.toSpark(dataset.fields());
  }

  @Override
  public void pruneColumns(StructType required) {
    schema = required;
  }

  @Override
  public Predicate[] pushPredicates(Predicate[] predicates) {
    List<Predicate> taken = new ArrayList<>();
    List<Predicate> residual = new ArrayList<>();
    List<byte[]> nodes = new ArrayList<>();
    FilterTranslator translator = new FilterTranslator(dataset.fields());
    for (Predicate predicate : predicates) {
      byte[] node = options.pushDownFilters() ? translator.translate(predicate) : null;
      if (node == null || !Native.acceptsFilter(dataset.handle(), FilterBytes.message(node))) {
        residual.add(predicate);
      } else {
        taken.add(predicate);
        nodes.add(node);
      }
    }
    pushed = taken.toArray(new Predicate[0]);
    hasResidual = !residual.isEmpty();
    if (nodes.size() == 1) {
      filter = FilterBytes.message(nodes.get(0));
    } else if (!nodes.isEmpty()) {
      byte[][] children = nodes.toArray(new byte[0][]);
      filter = FilterBytes.message(new FilterBytes().node(FilterBytes.AND, children).bytes());
    }
    return residual.toArray(new Predicate[0]);
  }

  @Override
  public Predicate[] pushedPredicates() {
    return pushed;
  }

  @Override
  public boolean pushLimit(int rows) {
    if (hasResidual) {
      return false;
    }
    limit = rows;
    return true;
  }

  /** Each task stops at the limit; Spark applies it to all of them together. */
  @Override
  public boolean isPartiallyPushed() {
    return true;
  }

  @Override
  public boolean supportCompletePushDown(Aggregation aggregation) {
    return filter == null && isCountStar(aggregation);
  }

  @Override
  public boolean pushAggregation(Aggregation aggregation) {
    countStar = isCountStar(aggregation);
    return countStar;
  }

  private boolean isCountStar(Aggregation aggregation) {
    AggregateFunc[] functions = aggregation.aggregateExpressions();
    return !hasResidual
        && limit == NO_LIMIT
        && aggregation.groupByExpressions().length == 0
        && functions.length == 1
        && functions[0] instanceof CountStar;
  }

  @Override
  public Scan build() {
    if (countStar && filter == null) {
      return new LanceRowCountScan(tableName, dataset);
    }
    ScanSpec spec = new ScanSpec(dataset.key(), filter, limit, options.batchRows());
    String conditions = LanceScan.describe(pushed);
    if (countStar) {
      return new LanceCountScan(tableName, dataset, spec, conditions);
    }
    return new LanceScan(tableName, dataset, spec, schema, conditions);
  }
}
