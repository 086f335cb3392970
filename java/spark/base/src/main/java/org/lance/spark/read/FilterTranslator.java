package org.lance.spark.read;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.LiteralValue;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.lance.spark.internal.ArrowField;
import org.lance.spark.internal.Schemas;

/**
 * Turns Spark's predicates into the native filter tree. Only what means exactly the same on both
 * sides is taken; null says that Spark has to evaluate the predicate itself. Literals keep their
 * types, so no text in a query can change its meaning.
 */
final class FilterTranslator {
  private static final int MAX_DEPTH = 100;
  private static final int MAX_IN_VALUES = 100_000;
  private static final Map<String, Integer> COMPARISONS = new HashMap<>();
  private static final Map<String, Integer> TEXTS = new HashMap<>();

  static {
    COMPARISONS.put("=", FilterBytes.EQUAL);
    COMPARISONS.put("<>", FilterBytes.NOT_EQUAL);
    COMPARISONS.put("<", FilterBytes.LESS);
    COMPARISONS.put("<=", FilterBytes.LESS_EQUAL);
    COMPARISONS.put(">", FilterBytes.GREATER);
    COMPARISONS.put(">=", FilterBytes.GREATER_EQUAL);
    COMPARISONS.put("<=>", FilterBytes.NULL_SAFE_EQUAL);
    TEXTS.put("STARTS_WITH", FilterBytes.STARTS_WITH);
    TEXTS.put("ENDS_WITH", FilterBytes.ENDS_WITH);
    TEXTS.put("CONTAINS", FilterBytes.CONTAINS);
  }

  private final Map<String, DataType> columns = new HashMap<>();

  FilterTranslator(List<ArrowField> fields) {
    StructType schema = Schemas.toSpark(fields);
    for (int i = 0; i < fields.size(); i++) {
      StructField field = schema.fields()[i];
      // What is converted on its way to Spark may compare differently before.
      if (fields.get(i).exact && FilterBytes.isExact(field.dataType())) {
        columns.put(field.name(), field.dataType());
      }
    }
  }

  /** The filter node of `predicate`, or null. */
  byte[] translate(Predicate predicate) {
    return node(predicate, 0);
  }

  private byte[] node(Expression expression, int depth) {
    if (!(expression instanceof Predicate) || depth > MAX_DEPTH) {
      return null;
    }
    Predicate predicate = (Predicate) expression;
    Expression[] children = predicate.children();
    String name = predicate.name();
    if (COMPARISONS.containsKey(name)) {
      return comparison(COMPARISONS.get(name), children);
    }
    if (TEXTS.containsKey(name)) {
      return isText(children[0]) ? comparison(TEXTS.get(name), children) : null;
    }
    switch (name) {
      case "AND": return chain(FilterBytes.AND, name, predicate, depth);
      case "OR": return chain(FilterBytes.OR, name, predicate, depth);
      case "NOT": return wrap(FilterBytes.NOT, node(children[0], depth + 1));
      case "IS_NULL": return wrap(FilterBytes.IS_NULL, operand(children[0], null));
      case "IS_NOT_NULL":
        return wrap(
            FilterBytes.NOT, wrap(FilterBytes.IS_NULL, operand(children[0], null)));
      case "IN": return in(children);
      default: return null;
    }
  }

  private static byte[] wrap(int kind, byte[] child) {
    return child == null ? null : new FilterBytes().node(kind, child).bytes();
  }

  /** A AND (B AND C) as one node of three, so that long chains stay flat. */
  private byte[] chain(int kind, String name, Predicate predicate, int depth) {
    List<byte[]> nodes = new ArrayList<>();
    List<Expression> open = new ArrayList<>();
    open.add(predicate);
    while (!open.isEmpty()) {
      Expression next = open.remove(open.size() - 1);
      if (next instanceof Predicate && ((Predicate) next).name().equals(name)) {
        Expression[] children = next.children();
        for (int i = children.length - 1; i >= 0; i--) {
          open.add(children[i]);
        }
        continue;
      }
      byte[] node = node(next, depth + 1);
      if (node == null) {
        return null;
      }
      nodes.add(node);
    }
    return new FilterBytes().node(kind, nodes.toArray(new byte[0][])).bytes();
  }

  private byte[] comparison(int kind, Expression[] children) {
    DataType type = typeOf(children[0]);
    if (type == null) {
      type = typeOf(children[1]);
    }
    if (children.length != 2 || type == null) {
      return null;
    }
    byte[] left = operand(children[0], type);
    byte[] right = operand(children[1], type);
    return left == null || right == null ? null : new FilterBytes().node(kind, left, right).bytes();
  }

  private byte[] in(Expression[] children) {
    DataType type = typeOf(children[0]);
    if (type == null || children.length < 2 || children.length > MAX_IN_VALUES) {
      return null;
    }
    byte[][] nodes = new byte[children.length][];
    for (int i = 0; i < nodes.length; i++) {
      boolean fits = i == 0 || children[i] instanceof LiteralValue;
      nodes[i] = fits ? operand(children[i], type) : null;
      if (nodes[i] == null) {
        return null;
      }
    }
    return new FilterBytes().node(FilterBytes.IN, nodes).bytes();
  }

  private boolean isText(Expression expression) {
    return typeOf(expression) instanceof StringType;
  }

  /** Type of a column that may be pushed, else null. */
  private DataType typeOf(Expression expression) {
    if (!(expression instanceof NamedReference)) {
      return null;
    }
    String[] path = ((NamedReference) expression).fieldNames();
    return path.length == 1 ? columns.get(path[0]) : null;
  }

  /** A column or literal of `wanted` type (null = any). */
  private byte[] operand(Expression expression, DataType wanted) {
    DataType type = typeOf(expression);
    if (type != null) {
      boolean fits = wanted == null || wanted.equals(type);
      String name = fits ? ((NamedReference) expression).fieldNames()[0] : null;
      return fits ? new FilterBytes().column(name).bytes() : null;
    }
    if (!(expression instanceof LiteralValue)) {
      return null;
    }
    LiteralValue<?> literal = (LiteralValue<?>) expression;
    if (literal.value() == null || !literal.dataType().equals(wanted)) {
      return null;
    }
    return new FilterBytes().literal(wanted, literal.value()).bytes();
  }
}
