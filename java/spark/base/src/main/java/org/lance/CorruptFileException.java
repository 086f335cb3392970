package org.lance;

/** A file holds bytes that no writer puts there; the message says where and what was expected. */
public class CorruptFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CorruptFileException(String message) {
    super(message);
  }
}
