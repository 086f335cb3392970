"""Queries: types, pushdown against Spark's own evaluation, metadata columns, statistics."""
import datetime
import decimal
import math
import pathlib

import lance
import numpy as np
import pyarrow as pa
import pytest

TYPES = """CREATE TABLE {} (b BOOLEAN, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT, f FLOAT, d DOUBLE,
    s STRING, bin BINARY, small DECIMAL(10,2), large DECIMAL(38,4), day DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ,
    list ARRAY<STRING>, nested ARRAY<ARRAY<INT>>, st STRUCT<a: INT, b: STRING, c: ARRAY<DOUBLE>>,
    m MAP<STRING, INT>, dt INTERVAL DAY TO SECOND)"""
ROWS = """SELECT id % 2 = 0, cast(id AS TINYINT), cast(id - 5 AS SMALLINT), cast(id AS INT), id * 1000000007,
    cast(id / 3 AS FLOAT), id / 7, concat('text ', id, repeat('é', id)), cast(concat('b', id) AS BINARY),
    cast(id - 3.25 AS DECIMAL(10,2)), cast(id * 12345678901234567890.1234 - 5 AS DECIMAL(38,4)),
    date_add(DATE'1969-12-28', cast(id AS INT)), timestamp_micros(id * 3600000000 * 5 - 7200000001),
    to_timestamp_ntz(concat('2024-03-10 0', id % 10, ':30:00.000001')),
    transform(sequence(1, cast(id AS INT)), x -> concat('e', x)), array(array(1, NULL), NULL, array()),
    named_struct('a', cast(id AS INT), 'b', concat('s', id), 'c', array(id / 2)),
    map('k', cast(id AS INT), concat('k', id), NULL), make_dt_interval(id, 1, 2, 3.5) FROM range(1, 10)"""
NULLS = ", ".join(["NULL"] * 19)


@pytest.fixture(scope="module")
def typed(spark):
    name = "lance.typed"
    spark.sql(f"DROP TABLE IF EXISTS {name}")
    spark.sql(TYPES.format(name))
    spark.sql(f"INSERT INTO {name} {ROWS} UNION ALL SELECT {NULLS}")
    yield name
    spark.sql(f"DROP TABLE {name}")

pytest_plugins = ["spark_session"]


def rows(spark, query):
    return sorted((tuple(r) for r in spark.sql(query).collect()), key=repr)


def test_all_types_round_trip(spark, typed, root):
    assert rows(spark, f"SELECT * FROM {typed}") == rows(spark, f"{ROWS} UNION ALL SELECT {NULLS}")
    stored = lance.dataset(str(pathlib.Path(root) / "typed.lance")).to_table()
    assert stored.num_rows == 10
    assert stored.schema.field("ts").type == pa.timestamp("us", "UTC")
    assert stored.schema.field("ntz").type == pa.timestamp("us")
    by_id = {r["i32"]: r for r in stored.to_pylist() if r["i32"]}
    assert by_id[3]["s"] == "text 3ééé" and by_id[3]["small"] == decimal.Decimal("-0.25")
    assert by_id[3]["list"] == ["e1", "e2", "e3"] and by_id[3]["st"] == {"a": 3, "b": "s3", "c": [1.5]}
    assert dict(by_id[3]["m"]) == {"k": 3, "k3": None}


PREDICATES = [
    "i32 = 3", "i32 <> 3", "i32 < 4", "i64 >= 5000000035", "i8 <= 2", "i16 > 1", "i32 <=> 3", "i32 <=> NULL",
    "NOT (i32 = 3)", "i32 IN (1, 5, 77)", "i32 NOT IN (1, 5)", "i32 IN (1, NULL)", "i32 NOT IN (1, NULL)",
    "i32 IS NULL", "i32 IS NOT NULL", "b", "NOT b", "b = false", "i32 = 3 OR s = 'text 2éé'",
    "i32 > 2 AND i32 < 7 AND s LIKE 'text%'", "s LIKE '%é'", "s LIKE '%xt 4%'", "s LIKE 'text _é%'",
    "s = 'text 1é'", "s > 'text 5'", "startswith(s, 'text 1')", "s = 'x\\' OR \\'1\\'=\\'1'", "s = 'it\\'s'",
    "bin = X'6231'", "bin > X'6235'", "small = -0.25", "small > 1.5", "small IN (0.75, 1.75)",
    "large < 100000000000000000000", "large = 24691357802469135775.2468", "day = DATE'1970-01-01'",
    "day BETWEEN DATE'1969-12-30' AND DATE'1970-01-02'", "ts > TIMESTAMP'1970-01-01 10:00:00'",
    "ts = TIMESTAMP'1969-12-31 21:59:59.999999'", "ntz < TIMESTAMP_NTZ'2024-03-10 04:00:00'",
    "f > 1.0", "d = 3 / 7", "isnan(f)", "st.a = 4", "size(list) > 3", "i32 + 1 = 4", "year(day) = 1970",
    "i32 = i16 + 5", "i64 = i32", "i32 > i16", "element_at(m, 'k') = 2", "(i32 = 1 OR b) AND NOT (i8 > 6)",
]


@pytest.mark.parametrize("predicate", PREDICATES)
def test_pushdown_changes_no_result(spark, typed, predicate):
    name = typed.split(".")[1]
    columns = "i32, s, ts"
    want = rows(spark, f"SELECT {columns} FROM strict.{name} WHERE {predicate}")
    assert rows(spark, f"SELECT {columns} FROM lance.{name} WHERE {predicate}") == want
    assert rows(spark, f"SELECT count(*) FROM lance.{name} WHERE {predicate}") == [(len(want),)]
    assert len(rows(spark, f"SELECT 1 FROM lance.{name} WHERE {predicate}")) == len(want)


@pytest.mark.parametrize("predicate, pushed", [
    ("i32 = 3", True), ("s = 'it\\'s'", True), ("ts > TIMESTAMP'2020-01-01'", True), ("small = 1.75", True),
    ("i32 IN (1, 2)", True), ("s LIKE 'a%'", True), ("b", True), ("f > 1", False), ("st.a = 1", False),
])
def test_what_is_pushed(spark, typed, predicate, pushed):
    plan = spark.sql(f"SELECT * FROM {typed} WHERE {predicate}")._jdf.queryExecution().executedPlan().toString()
    assert ("Filter (" in plan) != pushed, plan


def test_floats_keep_sparks_meaning_of_nan(spark, table):
    spark.sql(f"CREATE TABLE {table} (x DOUBLE)")
    spark.sql(f"INSERT INTO {table} VALUES (1.0), (double('NaN')), (double('-Infinity')), (NULL), (-0.0)")
    assert spark.sql(f"SELECT count(*) FROM {table} WHERE x > 0.5").collect()[0][0] == 2
    assert spark.sql(f"SELECT count(*) FROM {table} WHERE x = double('NaN')").collect()[0][0] == 1
    assert spark.sql(f"SELECT count(*) FROM {table} WHERE x = 0.0").collect()[0][0] == 1
    assert math.isnan(spark.sql(f"SELECT max(x) FROM {table}").collect()[0][0])


def test_reserved_and_odd_column_names(spark, table):
    spark.sql(f"CREATE TABLE {table} (`order` INT, `select` STRING, `a b` INT, `Größe` INT, `it's` INT)")
    spark.sql(f"INSERT INTO {table} VALUES (1, 'x', 2, 3, 4), (5, 'y', 6, 7, 8)")
    for predicate in ("`order` = 1", "`select` = 'x'", "`a b` < 3", "`Größe` = 3", "`it's` = 4"):
        assert rows(spark, f"SELECT `Größe`, `order` FROM {table} WHERE {predicate}") == [(3, 1)]
    assert rows(spark, f"SELECT `GRÖßE` FROM {table} WHERE `ORDER` = 1") == [(3,)]


def test_dates_and_times_mean_the_same_for_python(spark, table, root):
    spark.sql(f"CREATE TABLE {table} (ts TIMESTAMP, day DATE)")
    spark.sql(f"INSERT INTO {table} VALUES (TIMESTAMP'2024-07-01 12:00:00', DATE'2024-07-01')")
    stored = lance.dataset(str(pathlib.Path(root) / (table.split(".")[1] + ".lance"))).to_table().to_pylist()
    utc = datetime.timezone.utc
    assert stored == [{"ts": datetime.datetime(2024, 7, 1, 16, tzinfo=utc), "day": datetime.date(2024, 7, 1)}]


def test_metadata_columns(spark, table):
    spark.sql(f"CREATE TABLE {table} (id BIGINT, s STRING)")
    for first in (0, 10):
        spark.range(first, first + 3, 1, 1).selectExpr("id", "string(id) s").writeTo(table).append()
    assert spark.table(table).columns == ["id", "s"]
    got = rows(spark, f"SELECT _fragid, s, _rowaddr, id, _rowid FROM {table}")
    want = [(f, str(10 * f + i), f << 32 | i, 10 * f + i, f << 32 | i) for f in (0, 1) for i in range(3)]
    assert got == sorted(want, key=repr)
    assert rows(spark, f"SELECT _rowaddr FROM {table} WHERE _fragid = 1 AND id > 10") == [(1 << 32 | 1,), (1 << 32 | 2,)]
    assert rows(spark, f"SELECT id FROM {table} WHERE _rowid = 2") == [(2,)]
    assert rows(spark, f"SELECT count(*) FROM {table} WHERE _rowaddr >= {1 << 32}") == [(3,)]
    types = {f.name: (f.dataType.simpleString(), f.nullable) for f in
             spark.sql(f"SELECT _rowid, _rowaddr, _fragid FROM {table}").schema.fields}
    assert types == {"_rowid": ("bigint", True), "_rowaddr": ("bigint", False), "_fragid": ("int", False)}


def test_limit_offset_order(spark, typed):
    assert len(spark.sql(f"SELECT * FROM {typed} LIMIT 3").collect()) == 3
    assert len(spark.sql(f"SELECT i32 FROM {typed} WHERE i32 > 2 LIMIT 2").collect()) == 2
    assert len(spark.sql(f"SELECT i32 FROM {typed} WHERE f > 1 LIMIT 100").collect()) == 7 - 1
    assert [r[0] for r in spark.sql(f"SELECT i32 FROM {typed} ORDER BY i32 DESC LIMIT 2 OFFSET 1").collect()] == [8, 7]


def test_count_comes_from_the_manifest(spark, typed):
    frame = spark.sql(f"SELECT count(*) FROM {typed}")
    assert "LocalTableScan" in frame._jdf.queryExecution().executedPlan().toString()
    assert frame.collect()[0][0] == 10
    assert spark.sql(f"SELECT count(s), count(*), max(i32) FROM {typed}").collect()[0][:] == (9, 10, 9)
    assert rows(spark, f"SELECT b, count(*) FROM {typed} GROUP BY b") == [(False, 5), (None, 1), (True, 4)]


def test_columns_are_pruned_and_scans_reused(spark, typed):
    plan = spark.sql(f"SELECT s FROM {typed} WHERE i32 > 2")._jdf.queryExecution().executedPlan()
    assert "BatchScan" in plan.toString() and "nested" not in plan.toString()
    joined = spark.sql(f"SELECT a.i32 FROM (SELECT i32, count(*) c FROM {typed} GROUP BY i32) a "
                       f"JOIN (SELECT i32, count(*) c FROM {typed} GROUP BY i32) b ON a.i32 = b.i32")
    assert len(joined.collect()) == 9
    assert "ReusedExchange" in joined._jdf.queryExecution().executedPlan().toString()


def test_small_tables_are_broadcast(spark, typed):
    plan = spark.sql(f"SELECT * FROM {typed} x JOIN {typed} y ON x.i32 = y.i64")._jdf.queryExecution().executedPlan().toString()
    assert "BroadcastHashJoin" in plan, plan


def test_tables_of_other_writers(spark, tmp_path):
    utc = datetime.timezone.utc
    table = pa.table({
        "u8": pa.array([1, 255, None], pa.uint8()), "u16": pa.array([1, 65535, None], pa.uint16()),
        "u32": pa.array([1, 4294967295, None], pa.uint32()), "u64": pa.array([1, 2**62, None], pa.uint64()),
        "half": pa.array(np.array([0.5, 1.5, 2.5], np.float16)),
        "large": pa.array(["a", "é" * 300, None], pa.large_utf8()), "big": pa.array([b"a", b"", None], pa.large_binary()),
        "fixed": pa.array([b"abc", b"xyz", None], pa.binary(3)),
        "seconds": pa.array([0, 86400, None], pa.timestamp("s", "UTC")), "nanos": pa.array([1000, -1000, None], pa.timestamp("ns")),
        "date64": pa.array([0, 86400000, None], pa.date64()),
        "dictionary": pa.array(["x", "y", None]).dictionary_encode(),
        "lists": pa.array([[1, 2], [], None], pa.large_list(pa.int32())),
        "vectors": pa.array([[1.0, 2.0], [3.0, 4.0], None], pa.list_(pa.float64(), 2)),
        "nulls": pa.nulls(3),
    })
    path = str(tmp_path / "o.lance")
    lance.write_dataset(table, path, data_storage_version="2.1")
    frame = spark.read.format("lance").load(path)
    first, second, third = frame.collect()
    assert first.asDict(recursive=True) | {"seconds": None} == {
        "u8": 1, "u16": 1, "u32": 1, "u64": 1, "half": 0.5, "large": "a", "big": bytearray(b"a"), "fixed": bytearray(b"abc"),
        "seconds": None, "nanos": datetime.datetime(1970, 1, 1, 0, 0, 0, 1), "date64": datetime.date(1970, 1, 1),
        "dictionary": "x", "lists": [1, 2], "vectors": [1.0, 2.0], "nulls": None}
    assert first.seconds.astimezone(utc) == datetime.datetime(1970, 1, 1, tzinfo=utc)
    assert (second.u8, second.u16, second.u32, second.u64) == (255, 65535, 4294967295, 2**62)
    assert third.u8 is None and third.vectors is None and third.dictionary is None
    assert frame.filter("u8 = 255").count() == 1 and frame.filter("dictionary = 'y'").count() == 1
    frame.write.format("lance").mode("append").save(path)
    back = lance.dataset(path).to_table()
    assert back.schema.equals(lance.dataset(path, version=1).schema) and back.num_rows == 6
    assert back.slice(3).to_pylist() == back.slice(0, 3).to_pylist()


def test_numbers_too_large_for_the_column_are_refused(spark, tmp_path):
    path = str(tmp_path / "u.lance")
    lance.write_dataset(pa.table({"u": pa.array([1], pa.uint8())}), path, data_storage_version="2.2")
    with pytest.raises(Exception, match="column u"):
        spark.sql("SELECT cast(300 AS SMALLINT) u").write.format("lance").mode("append").save(path)
    assert lance.dataset(path).count_rows() == 1


def test_deleted_rows_stay_deleted(spark, tmp_path):
    path = str(tmp_path / "d.lance")
    data = lance.write_dataset(pa.table({"a": list(range(100))}), path, max_rows_per_file=50, data_storage_version="2.2")
    data.delete("a % 3 = 0")
    frame = spark.read.format("lance").load(path)
    assert frame.count() == 66
    assert sorted(r.a for r in frame.collect()) == [a for a in range(100) if a % 3]
    assert frame.filter("a < 10").count() == 6
    assert frame.limit(60).count() == 60
    assert frame.selectExpr("1").count() == 66


def test_many_rows_in_many_batches(spark, table):
    spark.sql(f"CREATE TABLE {table} AS SELECT id, string(id) s, array(float(id), float(id + 1)) v FROM range(0, 100000, 1, 3)")
    got = spark.sql(f"SELECT sum(id), sum(cast(s AS BIGINT)), sum(v[1] - v[0]), count(*) FROM {table}").collect()[0]
    total = sum(range(100000))
    assert tuple(got) == (total, total, 100000.0, 100000)


def test_no_native_memory_is_left(spark, typed):
    native = spark._jvm.org.lance.spark.internal.Native
    before = native.allocatedBytes()
    for _ in range(5):
        spark.sql(f"SELECT * FROM {typed} LIMIT 1").collect()
        spark.sql(f"SELECT * FROM {typed} WHERE i32 > 3").collect()
    assert native.allocatedBytes() <= before + (1 << 20)
