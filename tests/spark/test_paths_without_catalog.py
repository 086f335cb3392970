"""`format("lance")` in a session that configures no catalog: a Python process of its own."""
import subprocess
import sys

from conftest import built

SCRIPT = """
import sys
from pyspark.sql import SparkSession
spark = (SparkSession.builder.master("local[1]").config("spark.jars", sys.argv[1])
         .config("spark.ui.enabled", "false").getOrCreate())
path = sys.argv[2]
spark.range(3).write.format("lance").save(path)
spark.range(2).write.format("lance").mode("append").save(path)
assert spark.read.format("lance").load(path).count() == 5
spark.range(1).write.format("lance").mode("overwrite").save(path)
assert spark.read.format("lance").load(path).count() == 1
spark.range(1).write.format("lance").mode("ignore").save(path)
try:
    spark.range(1).write.format("lance").save(path)
except Exception as e:
    assert "already exists" in str(e), e
else:
    raise AssertionError("an existing table was written over")
assert spark.read.format("lance").option("versionAsOf", "1").load(path).count() == 3
print("done")
"""


def test_paths(tmp_path):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(built("bundle")), str(tmp_path / "t.lance")],
                          capture_output=True, text=True, timeout=300)
    assert done.stdout.strip().endswith("done"), done.stderr[-4000:]
