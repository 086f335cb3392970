"""Creating, filling and dropping tables through SQL and DataFrames."""
import pathlib
import time

import lance
import pyarrow as pa
import pytest
from pyspark.sql.functions import lit

pytest_plugins = ["spark_session"]

# After `lance.x` was not found as a table, Spark takes it for a file of the data source `lance`.
MISSING = "NOT_FOUND|UNSUPPORTED_DATASOURCE"


def path_of(root, table):
    return str(pathlib.Path(root) / (table.split(".")[-1] + ".lance"))


def files(root, table):
    return sorted(p.name for p in (pathlib.Path(path_of(root, table)) / "data").glob("*.lance"))


def ids(spark, query):
    return [row[0] for row in spark.sql(query).collect()]


def test_create_insert_select_drop(spark, table, root):
    spark.sql(f"CREATE TABLE {table} (id BIGINT NOT NULL, s STRING COMMENT 'some text') USING lance")
    assert lance.dataset(path_of(root, table)).version == 1
    spark.sql(f"INSERT INTO {table} VALUES (1, 'a'), (2, NULL)")
    assert lance.dataset(path_of(root, table)).version == 2
    assert [tuple(r) for r in spark.sql(f"SELECT * FROM {table} ORDER BY id").collect()] == [(1, "a"), (2, None)]
    assert lance.dataset(path_of(root, table)).to_table().sort_by("id").to_pydict() == {"id": [1, 2], "s": ["a", None]}
    fields = {f.name: f for f in spark.table(table).schema.fields}
    assert not fields["id"].nullable and fields["s"].nullable
    assert fields["s"].metadata["comment"] == "some text"
    spark.sql(f"DROP TABLE {table}")
    assert not pathlib.Path(path_of(root, table)).exists()
    with pytest.raises(Exception, match=MISSING):
        spark.sql(f"SELECT * FROM {table}").collect()


def test_names_of_namespaces(spark, table):
    name = table.split(".")[1]
    spark.sql(f"CREATE TABLE lance.default.{name} (id INT)")
    assert name in [r.tableName for r in spark.sql("SHOW TABLES IN lance").collect()]
    assert name in [r.tableName for r in spark.sql("SHOW TABLES IN lance.default").collect()]
    assert [r[0] for r in spark.sql("SHOW NAMESPACES IN lance").collect()] == ["default"]
    spark.sql(f"INSERT INTO old.{name} VALUES (7)")
    assert ids(spark, f"SELECT id FROM lance.{name}") == [7]
    with pytest.raises(Exception, match="SCHEMA_NOT_FOUND"):
        spark.sql("SHOW TABLES IN lance.nowhere").collect()
    with pytest.raises(Exception, match="[Uu]nsupported|flat"):
        spark.sql("CREATE NAMESPACE lance.more")
    spark.sql("CREATE NAMESPACE IF NOT EXISTS lance.default")


def test_table_that_exists_is_not_created_again(spark, table):
    spark.sql(f"CREATE TABLE {table} (id INT)")
    with pytest.raises(Exception, match="TABLE_OR_VIEW_ALREADY_EXISTS"):
        spark.sql(f"CREATE TABLE {table} (id INT)")
    spark.sql(f"CREATE TABLE IF NOT EXISTS {table} (id INT)")


def test_describe_extended(spark, table, root):
    spark.sql(f"CREATE TABLE {table} (v ARRAY<FLOAT>) TBLPROPERTIES ('v.arrow.fixed-size-list.size'='4')")
    rows = {r[0]: r[1] for r in spark.sql(f"DESCRIBE TABLE EXTENDED {table}").collect()}
    assert rows["v"] == "array<float>"
    assert rows["Location"] == path_of(root, table)
    assert rows["Provider"] == "lance"
    assert {"_rowid", "_rowaddr", "_fragid"} <= set(rows)
    assert "v.arrow.fixed-size-list.size=4" in rows["Table Properties"]


@pytest.mark.parametrize("column, size, message", [
    ("v ARRAY<INT>", "v", "must have element type FLOAT or DOUBLE"),
    ("v STRING", "v", "is not an ARRAY type"),
    ("v ARRAY<FLOAT>", "w", "not found"),
])
def test_wrong_vector_properties(spark, table, column, size, message):
    with pytest.raises(Exception, match=message):
        spark.sql(f"CREATE TABLE {table} ({column}) TBLPROPERTIES ('{size}.arrow.fixed-size-list.size'='3')")
    with pytest.raises(Exception, match=MISSING):
        spark.table(table)


@pytest.mark.parametrize("clause, message", [
    ("PARTITIONED BY (id)", "not partitioned"),
    ("LOCATION '/nowhere/x.lance'", "LOCATION"),
])
def test_clauses_that_would_be_ignored_are_refused(spark, table, clause, message):
    with pytest.raises(Exception, match=message):
        spark.sql(f"CREATE TABLE {table} (id INT) {clause}")


def test_types_that_lance_lacks_are_named(spark, table):
    with pytest.raises(Exception, match="Column i: Lance has no type for Spark's INTERVAL YEAR"):
        spark.sql(f"CREATE TABLE {table} (i INTERVAL YEAR TO MONTH)")


def test_vector_of_wrong_size_is_refused(spark, table, root):
    spark.sql(f"CREATE TABLE {table} (id INT, emb ARRAY<FLOAT>) TBLPROPERTIES ('emb.arrow.fixed-size-list.size'='3')")
    spark.sql(f"INSERT INTO {table} VALUES (1, array(1, 2, 3)), (2, NULL), (3, array(1, NULL, 3))")
    with pytest.raises(Exception, match="(?s)column emb.*3.*2"):
        spark.sql(f"INSERT INTO {table} VALUES (4, array(1, 2))")
    rows = [(r.id, r.emb) for r in spark.sql(f"SELECT * FROM {table} ORDER BY id").collect()]
    assert rows == [(1, [1.0, 2.0, 3.0]), (2, None), (3, [1.0, None, 3.0])]
    assert lance.dataset(path_of(root, table)).schema.field("emb").type == pa.list_(pa.float32(), 3)


def test_insert_overwrite_and_truncate(spark, table, root):
    spark.sql(f"CREATE TABLE {table} AS SELECT id FROM range(10)")
    spark.sql(f"INSERT OVERWRITE {table} SELECT id + 100 FROM {table} WHERE id < 3")
    assert ids(spark, f"SELECT id FROM {table} ORDER BY id") == [100, 101, 102]
    spark.sql(f"INSERT OVERWRITE {table} SELECT id FROM {table} WHERE false")
    assert ids(spark, f"SELECT count(*) FROM {table}") == [0]
    spark.sql(f"INSERT INTO {table} VALUES (5)")
    spark.sql(f"TRUNCATE TABLE {table}")
    assert ids(spark, f"SELECT count(*) FROM {table}") == [0]
    assert ids(spark, f"SELECT count(*) FROM {table} WHERE id > 3") == [0]


def test_insert_of_no_rows_succeeds(spark, table, root):
    spark.sql(f"CREATE TABLE {table} (id INT)")
    spark.sql(f"INSERT INTO {table} SELECT 1 WHERE false")
    assert ids(spark, f"SELECT count(*) FROM {table}") == [0]
    assert files(root, table) == []


def test_create_table_as_select_is_one_version(spark, table, root):
    spark.sql(f"CREATE TABLE {table} TBLPROPERTIES ('v.arrow.fixed-size-list.size'='2') AS "
              "SELECT id, array(float(id), 0f) v FROM range(100)")
    data = lance.dataset(path_of(root, table))
    assert (data.version, data.count_rows()) == (1, 100)
    assert data.schema.field("v").type == pa.list_(pa.float32(), 2)


def test_failed_create_table_as_select_leaves_nothing(spark, table, root):
    with pytest.raises(Exception):
        spark.sql(f"CREATE TABLE {table} AS SELECT raise_error('boom') a FROM range(3)")
    assert not pathlib.Path(path_of(root, table)).exists()
    spark.sql(f"CREATE TABLE {table} (id INT)")


def test_create_or_replace(spark, table, root):
    spark.sql(f"CREATE OR REPLACE TABLE {table} AS SELECT 1 a")
    spark.sql(f"CREATE OR REPLACE TABLE {table} AS SELECT 'x' b, 2 c")
    assert [tuple(r) for r in spark.table(table).collect()] == [("x", 2)]
    spark.sql(f"REPLACE TABLE {table} (z DOUBLE)")
    assert spark.table(table).columns == ["z"] and spark.table(table).count() == 0
    assert lance.dataset(path_of(root, table)).version == 3
    with pytest.raises(Exception):
        spark.sql(f"CREATE OR REPLACE TABLE {table} AS SELECT raise_error('boom') a")
    assert spark.table(table).columns == ["z"]


def test_write_to(spark, table):
    frame = spark.range(5)
    frame.writeTo(table).using("lance").create()
    frame.writeTo(table).append()
    assert spark.table(table).count() == 10
    frame.writeTo(table).overwrite(lit(True))
    assert spark.table(table).count() == 5
    frame.selectExpr("id", "id * 2 twice").writeTo(table).createOrReplace()
    assert spark.table(table).columns == ["id", "twice"]
    frame.selectExpr("id", "id twice").write.insertInto(table)
    assert spark.table(table).count() == 10


def test_rows_per_file(spark, table, root):
    spark.sql(f"CREATE TABLE {table} (id BIGINT)")
    spark.range(0, 10, 1, 1).writeTo(table).option("max_row_per_file", "4").append()
    assert len(files(root, table)) == 3
    spark.range(0, 2, 1, 1).repartition(4).writeTo(table).append()
    assert len(files(root, table)) <= 5


def test_failing_task_deletes_its_files_and_keeps_the_table(spark, table, root):
    spark.sql(f"CREATE TABLE {table} AS SELECT id FROM range(10)")
    before = files(root, table)
    # The second task fails after its first batches, while the first has seconds of work left.
    with pytest.raises(Exception, match="boom"):
        spark.sql(f"INSERT INTO {table} SELECT CASE WHEN id = 20030000 THEN raise_error('boom') ELSE id END "
                  "FROM range(0, 40000000, 1, 2)")
    # Spark answers at the first failure and stops the other tasks a moment later.
    patience = time.monotonic() + 20
    while files(root, table) != before and time.monotonic() < patience:
        time.sleep(0.1)
    assert files(root, table) == before
    assert lance.dataset(path_of(root, table)).version == 1
    assert spark.table(table).count() == 10


def test_not_null_is_enforced(spark, table):
    spark.sql(f"CREATE TABLE {table} (id INT NOT NULL)")
    with pytest.raises(Exception, match="(?i)null"):
        spark.sql(f"INSERT INTO {table} VALUES (NULL)")


def test_path_reads_and_writes(spark, tmp_path):
    path = str(tmp_path / "p.lance")
    frame = spark.range(3)
    frame.write.format("lance").save(path)
    assert spark.read.format("lance").load(path).count() == 3
    with pytest.raises(Exception, match="already exists"):
        frame.write.format("lance").save(path)
    frame.write.format("lance").mode("ignore").save(path)
    frame.write.format("lance").mode("append").save(path)
    assert lance.dataset(path).count_rows() == 6
    frame.write.format("lance").mode("overwrite").save(path)
    assert lance.dataset(path).count_rows() == 3
    assert spark.sql(f"SELECT count(*) FROM lance.`{path}`").collect()[0][0] == 3
    assert spark.read.format("lance").option("path", path).load().count() == 3
    for mode in ("append", "overwrite"):
        with pytest.raises(Exception, match="NOT_FOUND|not found|cannot be found"):
            frame.write.format("lance").mode(mode).save(str(tmp_path / "missing.lance"))


def test_time_travel(spark, table):
    spark.sql(f"CREATE TABLE {table} AS SELECT 1 a")
    spark.sql(f"INSERT INTO {table} VALUES (2)")
    moment = ids(spark, "SELECT cast(current_timestamp() AS STRING)")[0]
    spark.sql(f"INSERT INTO {table} VALUES (3)")
    assert ids(spark, f"SELECT count(*) FROM {table} VERSION AS OF 1") == [1]
    assert ids(spark, f"SELECT count(*) FROM {table} VERSION AS OF '2'") == [2]
    assert ids(spark, f"SELECT count(*) FROM {table} TIMESTAMP AS OF '{moment}'") == [2]
    assert spark.read.option("version", "1").table(table).count() == 1
    with pytest.raises(Exception, match="99"):
        spark.sql(f"SELECT * FROM {table} VERSION AS OF 99").collect()


def test_cached_data_is_not_served_after_a_write(spark, table):
    spark.sql(f"CREATE TABLE {table} AS SELECT 1 a")
    spark.table(table).cache().count()
    spark.sql(f"INSERT INTO {table} VALUES (2)")
    assert spark.table(table).count() == 2
    spark.sql(f"DROP TABLE {table}")
    spark.sql(f"CREATE TABLE {table} AS SELECT 'x' a")
    assert spark.table(table).collect()[0][0] == "x"


@pytest.mark.parametrize("make, message", [
    (lambda p: p.mkdir(), "NOT_FOUND|not a Lance table"),
    (lambda p: p.write_text("hello"), "NOT_FOUND|not a Lance table"),
    (lambda p: None, "NOT_FOUND|cannot be found"),
])
def test_paths_without_a_table(spark, tmp_path, make, message):
    place = tmp_path / "x.lance"
    make(place)
    with pytest.raises(Exception, match=message):
        spark.read.format("lance").load(str(place)).count()


def test_broken_files_give_errors(spark, tmp_path):
    path = tmp_path / "b.lance"
    lance.write_dataset(pa.table({"a": list(range(1000))}), str(path), data_storage_version="2.2")
    [data] = (path / "data").glob("*.lance")
    whole = data.read_bytes()
    data.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Exception, match="(?i)corrupt|footer|byte|magic|size"):
        spark.read.format("lance").load(str(path)).selectExpr("sum(a)").collect()
    [manifest] = (path / "_versions").glob("*.manifest")
    manifest.write_bytes(b"")
    with pytest.raises(Exception, match="(?i)corrupt|manifest"):
        spark.read.format("lance").load(str(path)).count()
