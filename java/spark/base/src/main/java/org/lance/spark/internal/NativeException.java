package org.lance.spark.internal;

/**
 * An error of the native library whose Java form is one of Spark's own exceptions. These need the
 * identifier of the table or namespace, so the catalog translates them where it knows the name.
 */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String kind;

  public NativeException(String kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Name of the row of lance/base/error.def, such as "TableNotFound". */
  public String kind() {
    return kind;
  }

  public boolean is(String name) {
    return kind.equals(name);
  }
}
