"""The `lance` command line: every command, every format, and what it says about bad input."""
import base64
import csv
import datetime
import decimal
import io
import json
import os
import pathlib
import re

import lance
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet
import pytest

from same import difference

UTC = datetime.timezone.utc


def sample(num_rows=100, start=0):
    ids = range(start, start + num_rows)
    return pa.table({
        "id": pa.array(ids, pa.int64()),
        "name": pa.array([None if i % 7 == 3 else f'n"{i}, {i}' for i in ids], pa.utf8()),
        "price": pa.array([decimal.Decimal(i).scaleb(-2) for i in ids], pa.decimal128(12, 2)),
        "day": pa.array([datetime.date(2020, 1, 1) + datetime.timedelta(i) for i in ids]),
        "at": pa.array([datetime.datetime(2020, 1, 1, tzinfo=UTC) + datetime.timedelta(seconds=i, microseconds=i)
                        for i in ids], pa.timestamp("us", "UTC")),
        "ok": pa.array([i % 2 == 0 for i in ids]),
        "raw": pa.array([bytes([i % 256, 255]) for i in ids], pa.binary()),
        "vector": pa.FixedSizeListArray.from_arrays(
            pa.array([x / 4 for i in ids for x in (i, i + 1, i + 2)], pa.float32()), 3),
    })


@pytest.fixture
def table(cli, tmp_path):
    uri = tmp_path / "t.lance"
    cli.write(uri, sample())
    return uri


def fails(cli, *args, code=1):
    done = cli.run(*args)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("lance: "), done.stderr
    return lines[0]


# --- write and read, both ways -----------------------------------------------------------------------------------

@pytest.mark.parametrize("version", ["2.1", "2.2"])
@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
def test_official_reader_reads_what_we_write(cli, tmp_path, kind, version):
    want = sample()
    source = tmp_path / f"in.{kind}"
    if kind == "parquet":
        pa.parquet.write_table(want, source)
    else:
        make = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with make(source, want.schema) as sink:
            sink.write_table(want, max_chunksize=7)
    uri = tmp_path / "t.lance"
    out = cli.ok("write", uri, "--from", source, "--file-version", version)
    assert "version 1, 100 rows" in out
    dataset = lance.dataset(str(uri))
    assert dataset.data_storage_version == version
    assert difference(dataset.to_table(), want) is None
    assert difference(cli.read(uri), want) is None


def test_both_writers_append_to_one_table(cli, table):
    lance.write_dataset(sample(50, 100), str(table), mode="append")
    cli.write(table, sample(25, 150), "--mode", "append")
    want = sample(175)
    assert difference(lance.dataset(str(table)).to_table(), want) is None
    assert difference(cli.read(table), want) is None
    assert cli.ok("count", table).strip() == "175"


def test_overwrite_of_an_official_table(cli, tmp_path):
    uri = tmp_path / "t.lance"
    lance.write_dataset(sample(), str(uri))
    cli.write(uri, sample(3).select(["id"]), "--mode", "overwrite")
    dataset = lance.dataset(str(uri))
    assert dataset.version == 2
    assert difference(dataset.to_table(), sample(3).select(["id"])) is None
    assert difference(cli.read(uri, "--version", 1), sample()) is None


def test_csv_in_and_out(cli, tmp_path):
    want = sample().drop(["vector", "raw", "at"])
    uri = tmp_path / "t.lance"
    cli.write(uri, want)
    out = tmp_path / "out.csv"
    cli.ok("cat", uri, "--output", out)
    again = tmp_path / "again.lance"
    cli.write(again, want.slice(0, 0))
    cli.ok("write", again, "--from", out, "--mode", "append")
    assert difference(cli.read(again), want) is None


def test_append_leaves_missing_columns_null(cli, table):
    cli.write(table, sample(5, 100).select(["vector", "id"]), "--mode", "append")
    tail = lance.dataset(str(table)).to_table(offset=100)
    assert tail["id"].to_pylist() == [100, 101, 102, 103, 104]
    assert tail["name"].null_count == 5
    assert difference(cli.read(table, "--offset", 100).select(["vector"]),
                      sample(5, 100).select(["vector"])) is None


# --- cat, take, count --------------------------------------------------------------------------------------------

def test_cat_filters_projects_and_pages(cli, table):
    got = cli.read(table, "--columns", "name,id", "--where", "id >= 20 AND name IS NOT NULL", "--limit", 3,
                   "--offset", 2)
    assert got.column_names == ["name", "id"]
    assert got["id"].to_pylist() == [22, 23, 25]
    assert cli.ok("count", table, "--where", "id < 10").strip() == "10"


def test_cat_gives_all_rows_under_a_small_memory_limit(cli, table):
    assert difference(cli.read(table, "--memory-limit", "64KB"), cli.read(table)) is None


def test_system_columns_can_be_asked_for(cli, table):
    cli.write(table, sample(2, 100), "--mode", "append")
    got = cli.read(table, "--columns", "_rowid,id,_rowaddr", "--where", "id >= 99")
    assert got["_rowaddr"].to_pylist() == [99, 1 << 32, (1 << 32) + 1]
    assert got["_rowid"].to_pylist() == got["_rowaddr"].to_pylist()


def test_json_is_one_object_per_line(cli, table):
    lines = cli.ok("cat", table, "--format", "json", "--limit", 4).splitlines()
    rows = [json.loads(line, parse_float=decimal.Decimal) for line in lines]
    want = sample(4).to_pylist()
    assert len(rows) == 4
    for got, row in zip(rows, want):
        assert got["id"] == row["id"] and got["name"] == row["name"] and got["ok"] is row["ok"]
        assert got["price"] == row["price"]
        assert got["day"] == row["day"].isoformat()
        assert datetime.datetime.fromisoformat(got["at"].replace("Z", "+00:00")) == row["at"]
        assert base64.b64decode(got["raw"]) == row["raw"]
        assert got["vector"] == row["vector"]


def test_csv_quotes_and_tells_null_from_empty(cli, tmp_path):
    uri = tmp_path / "t.lance"
    cli.write(uri, pa.table({"s": ["plain", "a,b", 'q"q', "line\nbreak", "", None]}))
    text = cli.ok("cat", uri, "--format", "csv")
    assert text == 's\nplain\n"a,b"\n"q""q"\n"line\nbreak"\n""\n\n'
    assert [row["s"] for row in csv.DictReader(io.StringIO(text))][:3] == ["plain", "a,b", 'q"q']


def test_table_is_aligned_and_cut(cli, tmp_path):
    uri = tmp_path / "t.lance"
    cli.write(uri, pa.table({"n": [1, 1000], "s": ["\u4e2d\u6587", "x" * 500], "e": [None, "\x1b[31mred"]}))
    lines = cli.ok("cat", uri).splitlines()
    assert lines[0].split() == ["n", "s", "e"]
    assert set(lines[1]) == {"-", " "}
    assert lines[2].startswith("   1  \u4e2d\u6587") and lines[2].endswith("NULL")
    assert "\u2026" in lines[3] and "\x1b" not in lines[3] and len(lines[3]) < 120
    assert lines[4] == "(2 rows)"


def test_arrow_goes_to_standard_output_as_a_stream(cli, table):
    import subprocess
    done = subprocess.run([str(cli.path), "cat", str(table), "--format", "arrow"], capture_output=True, check=True)
    assert difference(pa.ipc.open_stream(done.stdout).read_all(), sample()) is None


def test_output_file_ending_chooses_the_format(cli, table, tmp_path):
    cli.ok("cat", table, "--output", tmp_path / "o.jsonl")
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 100
    cli.ok("cat", table, "--output", tmp_path / "o.arrow")
    assert pa.ipc.open_file(tmp_path / "o.arrow").read_all().num_rows == 100


def test_take_keeps_the_order_asked_for(cli, table):
    lines = cli.ok("take", table, "--rows", "9,1,5,1", "--columns", "id", "--format", "json").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [9, 1, 5, 1]
    assert "100" in fails(cli, "take", table, "--rows", "100")


# --- versions ----------------------------------------------------------------------------------------------------

def test_versions_by_number_time_tag_and_branch(cli, table):
    dataset = lance.dataset(str(table))
    dataset.tags.create("first", 1)
    branch = dataset.create_branch("side")
    lance.write_dataset(sample(5, 100), branch, mode="append")
    cli.write(table, sample(10, 100), "--mode", "append")
    assert cli.ok("count", table, "--version", 1).strip() == "100"
    assert cli.ok("count", table, "--tag", "first").strip() == "100"
    assert cli.ok("count", table, "--branch", "side").strip() == "105"
    rows = [line.split() for line in cli.ok("versions", table).splitlines()[2:]]
    assert [row[0] for row in rows] == ["1", "2"]
    assert [row[-1] for row in rows] == ["Overwrite", "Append"]
    first, second = rows[0][1], rows[1][1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first)
    later = datetime.datetime.fromisoformat(second.replace("Z", "+00:00")) + datetime.timedelta(seconds=1)
    assert cli.ok("count", table, "--version", later.strftime("%Y-%m-%d %H:%M:%S")).strip() == "110"
    assert "2001-01-01" in fails(cli, "count", table, "--version", "2001-01-01T00:00:00Z")
    assert "neither a version number nor a time" in fails(cli, "count", table, "--version", "yesterday")
    assert "99" in fails(cli, "count", table, "--version", "99")
    assert "first" in fails(cli, "count", table, "--tag", "second")
    fails(cli, "count", table, "--tag", "first", "--version", "1", code=2)


def test_schema_and_inspect(cli, table):
    schema = cli.ok("schema", table)
    assert re.search(r"\bprice +decimal128\(12, 2\)", schema)
    assert re.search(r"\bvector +fixed_size_list", schema)
    text = cli.ok("inspect", table)
    for word in ("version", "fragments", "rows", "encodings", "vector"):
        assert word in text
    assert re.search(r"rows +100", text)


# --- namespaces and tables ---------------------------------------------------------------------------------------

def test_tables_of_a_directory(cli, tmp_path):
    for name in ("b", "a"):
        cli.write(tmp_path / f"{name}.lance", sample(3))
    assert cli.ok("table", "ls", "--root", tmp_path).split() == ["a", "b"]
    assert cli.ok("namespace", "ls", "--root", tmp_path) == ""
    described = cli.ok("table", "describe", "a", "--root", tmp_path)
    assert str(tmp_path / "a.lance") in described and "price: decimal128(12, 2)" in described
    cli.ok("table", "drop", "a", "--root", tmp_path)
    assert not (tmp_path / "a.lance").exists()
    assert cli.ok("table", "ls", "--root", tmp_path).split() == ["b"]
    assert "'a'" in fails(cli, "table", "drop", "a", "--root", tmp_path)
    assert "flat" in fails(cli, "namespace", "create", "ns", "--root", tmp_path)
    missing = tmp_path / "missing"
    assert str(missing) in fails(cli, "table", "ls", "--root", missing)
    assert not missing.exists()


def test_official_namespace_sees_the_same_tables(cli, tmp_path):
    cli.write(tmp_path / "a.lance", sample(3))
    from lance.namespace import DirectoryNamespace
    from lance_namespace import ListTablesRequest
    names = DirectoryNamespace(root=str(tmp_path))
    assert names.list_tables(ListTablesRequest(id=[])).tables == ["a"]


# --- bad input ---------------------------------------------------------------------------------------------------

def manifest_of(uri):
    return next(pathlib.Path(uri).glob("_versions/*.manifest"))


def data_file_of(uri):
    return next(pathlib.Path(uri).glob("data/*.lance"))


def test_zero_byte_manifest(cli, table):
    manifest = manifest_of(table)
    manifest.write_bytes(b"")
    assert manifest.name in fails(cli, "cat", table)
    assert manifest.name in fails(cli, "count", table)
    assert manifest.name in fails(cli, "inspect", table)


def test_a_failure_leaves_pipes_and_devices_alone(cli, table, tmp_path):
    data_file_of(table).write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    fails(cli, "cat", table, "--format", "csv", "--output", tmp_path / "pipe")
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


def test_truncated_manifest_and_data_file(cli, table, tmp_path):
    data = data_file_of(table)
    whole = data.read_bytes()
    for size in (0, 1, 39, len(whole) // 2, len(whole) - 1):
        data.write_bytes(whole[:size])
        assert data.name in fails(cli, "cat", table, "--format", "arrow", "--output", tmp_path / "out"), size
        assert not (tmp_path / "out").exists()
    data.write_bytes(whole)
    manifest = manifest_of(table)
    whole = manifest.read_bytes()
    for size in (1, 15, 16, len(whole) // 2, len(whole) - 1):
        manifest.write_bytes(whole[:size])
        assert manifest.name in fails(cli, "schema", table), size


def test_not_a_lance_table(cli, tmp_path):
    missing = tmp_path / "missing.lance"
    assert "there is no table at" in fails(cli, "cat", missing)
    (tmp_path / "file.lance").write_text("hello")
    assert "is a file" in fails(cli, "cat", tmp_path / "file.lance")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_text("hello")
    assert "not a Lance table" in fails(cli, "cat", tmp_path / "folder")
    (tmp_path / "bad.lance" / "_versions").mkdir(parents=True)
    (tmp_path / "bad.lance" / "_versions" / "1.manifest").write_bytes(b"this is not a manifest at all")
    assert "1.manifest" in fails(cli, "cat", tmp_path / "bad.lance")


def test_data_file_that_is_not_lance(cli, table):
    data = data_file_of(table)
    data.write_bytes(b"x" * len(data.read_bytes()))
    assert data.name in fails(cli, "cat", table)


def test_write_refusals(cli, table, tmp_path):
    source = tmp_path / "in.parquet"
    pa.parquet.write_table(sample(3), source)
    assert "already a table" in fails(cli, "write", table, "--from", source)
    assert "there is no table" in fails(cli, "write", tmp_path / "no.lance", "--from", source, "--mode", "append")
    pa.parquet.write_table(pa.table({"id": [1], "colour": ["red"]}), source)
    assert "'colour'" in fails(cli, "write", table, "--from", source, "--mode", "append")
    pa.parquet.write_table(pa.table({"id": ["one"]}), source)
    message = fails(cli, "write", table, "--from", source, "--mode", "append")
    assert "'id'" in message and "int64" in message and "string" in message
    wrong = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2.0], pa.float32()), 2)
    pa.parquet.write_table(pa.table({"id": [1], "vector": wrong}), source)
    message = fails(cli, "write", table, "--from", source, "--mode", "append")
    assert "'vector'" in message and "3" in message and "2" in message
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    assert "broken.parquet" in fails(cli, "write", tmp_path / "x.lance", "--from", tmp_path / "broken.parquet")
    assert "none.csv" in fails(cli, "write", tmp_path / "x.lance", "--from", tmp_path / "none.csv")
    (tmp_path / "what.bin").write_bytes(b"whatever")
    assert "neither Parquet nor Arrow" in fails(cli, "write", tmp_path / "x.lance", "--from", tmp_path / "what.bin")
    assert not (tmp_path / "x.lance").exists()
    assert cli.ok("count", table).strip() == "100"
    assert len(list(pathlib.Path(table).glob("data/*"))) == 1


def test_a_type_that_lance_lacks(cli, tmp_path):
    union = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])])
    source = tmp_path / "in.arrow"
    odd = pa.table({"id": [1, 2], "odd": union})
    with pa.ipc.new_file(source, odd.schema) as sink:
        sink.write_table(odd)
    assert "'odd'" in fails(cli, "write", tmp_path / "t.lance", "--from", source)
    assert not (tmp_path / "t.lance").exists()


def test_unknown_columns_and_bad_filters(cli, table):
    message = fails(cli, "cat", table, "--columns", "id,colour")
    assert "colour" in message and "price" in message
    assert "colour" in fails(cli, "cat", table, "--where", "colour = 'red'")
    assert "--where" in fails(cli, "cat", table, "--where", "id >")
    fails(cli, "count", table, "--where", "id = 'x' OR 1")
    # A failed read leaves no half-written file behind.
    fails(cli, "cat", table, "--columns", "colour", "--output", table.parent / "o.csv")
    assert not (table.parent / "o.csv").exists()


def test_usage_errors_exit_with_2(cli, table):
    for args in ([], ["dance"], ["cat"], ["cat", table, "--format", "xml"], ["write", table], ["take", table],
                 ["cat", table, "--limit", "many"], ["table"], ["write", table, "--from", "x", "--file-version", "9"]):
        done = cli.run(*args)
        assert done.returncode == 2, (args, done.returncode)
        assert done.stderr and not done.stdout


def test_help_and_version(cli):
    text = cli.ok("--help")
    for word in ("schema", "cat", "write", "take", "count", "versions", "inspect", "namespace", "table", "Examples"):
        assert word in text
    for command in ("schema", "cat", "write", "take", "count", "versions", "inspect"):
        assert "URI" in cli.ok(command, "--help")
    assert re.fullmatch(r"lance \d+\.\d+\.\d+\n", cli.ok("--version"))


def test_interrupt_leaves_no_files(cli, tmp_path):
    import signal
    import subprocess
    import time
    uri = tmp_path / "t.lance"
    writer = subprocess.Popen([str(cli.path), "write", str(uri), "--from", "-"], stdin=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    batch = sample(1000)
    with pa.ipc.new_stream(writer.stdin, batch.schema) as sink:
        sink.write_table(batch)
        writer.stdin.flush()
        time.sleep(0.5)
        writer.send_signal(signal.SIGINT)
        time.sleep(0.2)
        try:
            for _ in range(20):
                sink.write_table(batch)
        except (BrokenPipeError, OSError):
            pass
    try:
        writer.stdin.close()
    except (BrokenPipeError, OSError):
        pass
    assert writer.wait(30) == 1
    assert b"cancelled" in writer.stderr.read()
    assert not list(tmp_path.glob("t.lance/**/*.lance"))
