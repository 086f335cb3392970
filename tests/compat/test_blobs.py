"""Blobs of both kinds: what we write the official reader reads, and the other way round."""
import random

import lance
import pyarrow as pa
import pytest
from lance import Blob, blob_array, blob_field

from cli_tool import read_ipc
from same import difference

V1 = {"lance-encoding:blob": "true"}
THRESHOLDS = {"inline_size_threshold": 256, "dedicated_size_threshold": 4096, "pack_file_size_threshold": 9000}
SIZES = (0, 1, 7, 63, 64, 65, 255, 256, 257, 1000, 4095, 4096, 4097, 9000, 9001, 30000)


def values(rng, rows):
    nulls = rng.choice((0, 0.2, 0.9, 1))
    return [None if rng.random() < nulls else rng.randbytes(rng.choice(SIZES)) for _ in range(rows)]


def first_kind(rng, rows):
    field = pa.field("b", pa.large_binary(), metadata=V1)
    table = pa.table([pa.array(range(rows), pa.int64()), pa.array(values(rng, rows), pa.large_binary())],
                     schema=pa.schema([pa.field("id", pa.int64()), field]))
    return table, "2.1"


def second_kind(rng, rows):
    field = blob_field("b", **(THRESHOLDS if rng.random() < 0.7 else {}))
    table = pa.table([pa.array(range(rows), pa.int64()), blob_array(values(rng, rows))],
                     schema=pa.schema([pa.field("id", pa.int64()), field]))
    return table, "2.2"


def promoted(rng, rows):
    """A column of the first kind in a file of version 2.2 becomes one of the second kind."""
    return first_kind(rng, rows)[0], "2.2"


def payloads(table):
    column = table["b"].combine_chunks()
    if isinstance(column, pa.ExtensionArray):
        column = column.storage.field("data")
    return column.to_pylist()


def write_official(table, place, version, rng):
    rows = rng.choice((1, 7, 1 << 20))
    return lance.write_dataset(table, str(place), data_storage_version=version, max_rows_per_file=rows,
                               mode="overwrite")


KINDS = pytest.mark.parametrize("make", (first_kind, second_kind, promoted), ids=lambda f: f.__name__)


@KINDS
@pytest.mark.parametrize("seed", range(25))
def test_reads_what_the_official_library_wrote(cli, tmp_path, make, seed):
    rng = random.Random(seed)
    rows = rng.choice((1, 2, 9, 70))
    table, version = make(rng, rows)
    dataset = write_official(table, tmp_path / "t", version, rng)
    assert cli.read(tmp_path / "t")["b"].to_pylist() == payloads(table)
    got = cli.read(tmp_path / "t", "--blobs", "descriptions")
    assert difference(got, dataset.to_table()) is None
    wanted = [rng.randrange(rows) for _ in range(5)]
    out = tmp_path / "taken.arrow"
    cli.ok("take", tmp_path / "t", "--rows", ",".join(map(str, wanted)), "--columns", "b", "--output", out)
    assert read_ipc(out)["b"].to_pylist() == [payloads(table)[i] for i in wanted]


@KINDS
@pytest.mark.parametrize("seed", range(25))
def test_the_official_library_reads_what_we_wrote(cli, tmp_path, make, seed):
    rng = random.Random(1000 + seed)
    rows = rng.choice((1, 2, 9, 70))
    table, version = make(rng, rows)
    place = tmp_path / "t"
    cli.write(place, table, "--file-version", version, "--max-rows-per-file", rng.choice((1, 7, 1 << 20)))
    more, _ = make(rng, rows)
    cli.write(place, more.select(["b", "id"]), "--mode", "append")
    want = payloads(table) + payloads(more)
    dataset = lance.dataset(str(place))
    assert dataset.to_table(blob_handling="all_binary")["b"].to_pylist() == want
    files = dataset.take_blobs("b", indices=list(range(2 * rows)))
    assert [None if f is None else f.read() for f in files] == want
    assert cli.read(place)["b"].to_pylist() == want
    assert difference(cli.read(place, "--blobs", "descriptions"), dataset.to_table()) is None
    # The official writer goes on where we stopped.
    lance.write_dataset(table, str(place), mode="append")
    assert cli.read(place, "--columns", "b")["b"].to_pylist() == want + payloads(table)


def test_sidecars_are_cut_like_those_of_the_official_writer(cli, tmp_path):
    rng = random.Random(7)
    table, version = pa.table([blob_array([rng.randbytes(n) for n in SIZES * 3])],
                              schema=pa.schema([blob_field("b", **THRESHOLDS)])), "2.2"
    lance.write_dataset(table, str(tmp_path / "theirs"), data_storage_version=version)
    cli.write(tmp_path / "ours", table)
    for name in ("kind", "size", "blob_id"):
        theirs, ours = (lance.dataset(str(tmp_path / p)).to_table()["b"].combine_chunks().field(name).to_pylist()
                        for p in ("theirs", "ours"))
        assert ours == theirs, name
    shapes = [sorted(f.stat().st_size for f in (tmp_path / p / "data").rglob("*.blob")) for p in ("theirs", "ours")]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("version", ("2.1", "2.2"))
def test_blobs_inside_of_structs(cli, tmp_path, version):
    inner = pa.field("x", pa.large_binary(), metadata=V1) if version == "2.1" else blob_field("x")
    blobs = [b"a", None, b"", b"four"]
    child = pa.array(blobs, pa.large_binary()) if version == "2.1" else blob_array(blobs)
    column = pa.StructArray.from_arrays([child], fields=[inner], mask=pa.array([False, False, False, True]))
    table = pa.table([column], schema=pa.schema([pa.field("s", pa.struct([inner]))]))
    want = [{"x": b"a"}, {"x": None}, {"x": b""}, None]
    for place, write in (("theirs", lambda p: lance.write_dataset(table, p, data_storage_version=version)),
                         ("ours", lambda p: cli.write(p, table, "--file-version", version))):
        write(str(tmp_path / place))
        assert cli.read(tmp_path / place)["s"].to_pylist() == want
        got = cli.read(tmp_path / place, "--blobs", "descriptions")
        assert difference(got, lance.dataset(str(tmp_path / place)).to_table()) is None


def test_blobs_inside_of_lists(cli, tmp_path):
    table = pa.table({"l": pa.ListArray.from_arrays([0, 2, 2, 3], blob_array([b"a", None, b"x" * 5000]))})
    want = [[b"a", None], [], [b"x" * 5000]]
    lance.write_dataset(table, str(tmp_path / "theirs"), data_storage_version="2.2")
    cli.write(tmp_path / "ours", table)
    for place in ("theirs", "ours"):
        assert cli.read(tmp_path / place)["l"].to_pylist() == want
        read = lance.dataset(str(tmp_path / place)).to_table(blob_handling="all_binary")
        assert read["l"].to_pylist() == want


def external(tmp_path):
    (tmp_path / "object.bin").write_bytes(bytes(range(100)))
    uri = f"file://{tmp_path}/object.bin"
    values = [uri, Blob.from_uri(uri, 10, 5), None, b"inside"]
    want = [bytes(range(100)), bytes(range(10, 15)), None, b"inside"]
    return pa.table([blob_array(values)], schema=pa.schema([blob_field("b")])), want


def test_references_to_other_objects(cli, tmp_path):
    table, want = external(tmp_path)
    lance.write_dataset(table, str(tmp_path / "theirs"), data_storage_version="2.2",
                        allow_external_blob_outside_bases=True)
    cli.write(tmp_path / "ours", table, "--allow-external-blobs")
    for place in ("theirs", "ours"):
        assert cli.read(tmp_path / place)["b"].to_pylist() == want
        files = lance.dataset(str(tmp_path / place)).take_blobs("b", indices=[0, 1, 2, 3])
        assert [None if f is None else f.read() for f in files] == want


def failed_write(cli, tmp_path, table, *options):
    source = tmp_path / "in.arrow"
    with pa.ipc.new_file(source, table.schema) as sink:
        sink.write_table(table)
    done = cli.run("write", tmp_path / "t", "--from", source, *options)
    assert done.returncode == 1, done.stderr
    assert not list((tmp_path / "t").rglob("*.blob")) and not list((tmp_path / "t").rglob("*.lance"))
    return done.stderr


def test_references_must_be_allowed(cli, tmp_path):
    assert "must be allowed" in failed_write(cli, tmp_path, external(tmp_path)[0])


def test_a_failed_write_leaves_no_sidecars(cli, tmp_path):
    storage = blob_array([b"x" * 100]).storage.type
    rows = [{"data": b"x" * (5 << 20)}, {"data": b"y" * 100_000}, {"data": b"z", "uri": "file:///both"}]
    column = pa.ExtensionArray.from_storage(blob_array([]).type, pa.array(rows, storage))
    table = pa.table([column], schema=pa.schema([blob_field("b")]))
    error = failed_write(cli, tmp_path, table)
    assert "'b', row 2" in error and "exactly one of data and uri" in error


def test_the_second_kind_needs_files_of_2_2(cli, tmp_path):
    table, _ = second_kind(random.Random(1), 3)
    assert "2.2" in failed_write(cli, tmp_path, table, "--file-version", "2.1")


def test_prints_parts_of_one_blob(cli, tmp_path):
    table, _ = second_kind(random.Random(3), 0), None
    data = random.Random(5).randbytes(9_000_000)
    table = pa.table([blob_array([b"no", data, None, b""])], schema=pa.schema([blob_field("b")]))
    cli.write(tmp_path / "t", table)
    out = tmp_path / "out"
    cli.ok("blob", tmp_path / "t", "--column", "b", "--row", "1", "-o", out)
    assert out.read_bytes() == data
    cli.ok("blob", tmp_path / "t", "--column", "b", "--row", "1", "--offset", "8500000", "--length", "17", "-o", out)
    assert out.read_bytes() == data[8500000:8500017]
    cli.ok("blob", tmp_path / "t", "--column", "b", "--row", "3", "-o", out)
    assert out.read_bytes() == b""
    assert "is null" in cli.run("blob", tmp_path / "t", "--column", "b", "--row", "2").stderr


def test_many_blobs_come_in_bounded_batches(cli, tmp_path):
    rng = random.Random(11)
    blobs = [rng.randbytes(1 << 20) for _ in range(150)]
    table = pa.table([pa.array(blobs, pa.large_binary())],
                     schema=pa.schema([pa.field("b", pa.large_binary(), metadata=V1)]))
    cli.write(tmp_path / "t", table, "--file-version", "2.1")
    out = tmp_path / "out.arrow"
    cli.ok("cat", tmp_path / "t", "--format", "arrow", "--output", out)
    with pa.OSFile(str(out)) as source:
        batches = [b for b in pa.ipc.open_file(source).read_all().to_batches()]
    assert max(b.nbytes for b in batches) <= (65 << 20)
    assert [v for b in batches for v in b["b"].to_pylist()] == blobs


def test_filters_see_nulls_of_blobs(cli, tmp_path):
    table, version = second_kind(random.Random(21), 70)
    cli.write(tmp_path / "t", table, "--file-version", version)
    got = cli.read(tmp_path / "t", "--where", "b IS NULL", "--columns", "id")
    assert got["id"].to_pylist() == [i for i, v in enumerate(payloads(table)) if v is None]
