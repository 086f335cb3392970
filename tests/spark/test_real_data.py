"""Spark reads lineitem and text embeddings that the official library wrote, and what Spark writes it reads back."""
import lance
import pyarrow as pa
import pyarrow.compute
import pytest

import real_data
from same import difference

pytest_plugins = ["spark_session"]


@pytest.fixture(scope="module", params=["lineitem", "embeddings"])
def source(request, data_folder):
    path = real_data.lineitem(data_folder, 0.1) if request.param == "lineitem" else real_data.embeddings(data_folder)
    return request.param, path


def checksums(spark, view, name):
    """Numbers that change when any value does."""
    columns = {"lineitem": "SUM(HASH(*)), COUNT(*), SUM(l_extendedprice), MIN(l_shipdate), MAX(l_comment)",
               "embeddings": "SUM(HASH(id, package, description)), COUNT(*), SUM(size(embedding)), "
                             "SUM(aggregate(embedding, 0D, (a, x) -> a + x * x)), MAX(package)"}[name]
    return spark.sql(f"SELECT {columns} FROM {view}").collect()[0]


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_spark_reads_what_the_official_library_wrote(spark, source, version, tmp_path):
    name, path = source
    place = str(tmp_path / "t.lance")
    lance.write_dataset(real_data.as_stored(path), place, data_storage_version=version, max_rows_per_file=150_000)
    spark.read.format("lance").load(place).createOrReplaceTempView("ours")
    spark.read.parquet(str(path)).createOrReplaceTempView("parquet_copy")
    assert checksums(spark, "ours", name) == checksums(spark, "parquet_copy", name)


def test_the_official_library_reads_what_spark_wrote(spark, source, table, root):
    name, path = source
    spark.read.parquet(str(path)).createOrReplaceTempView("parquet_copy")
    size = "TBLPROPERTIES ('embedding.arrow.fixed-size-list.size'='384')" if name == "embeddings" else ""
    spark.sql(f"CREATE TABLE {table} {size} AS SELECT * FROM parquet_copy")
    keys = ["id"] if name == "embeddings" else ["l_orderkey", "l_linenumber"]
    got = lance.dataset(str(root / (table.split(".")[1] + ".lance"))).to_table()
    want = real_data.as_stored(path)
    got, want = (t.take(pa.compute.sort_indices(t, [(k, "ascending") for k in keys])) for t in (got, want))
    assert difference(got, want) is None
