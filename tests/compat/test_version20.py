"""Random tables in files of version 2.0, which only the official library writes; LANCE_VERSION20_TABLES says how many."""
import os
import random
import subprocess

import lance
import pyarrow as pa
import pytest

import version20_tables
from same import difference

COUNT = int(os.environ.get("LANCE_VERSION20_TABLES", "320"))
GROUP = 40  # tables per test, so that a failure names few


def stream(cli, *args):
    """What the tool prints, as an Arrow stream: it may bring another dictionary with each batch."""
    done = subprocess.run([str(cli.path), *map(str, args), "--format", "arrow"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return pa.ipc.open_stream(done.stdout).read_all()


def write(monkeypatch, place, table, pick):
    """Small pages let columns have many of them, whose borders lie apart."""
    monkeypatch.setenv("LANCE_FILE_WRITER_MAX_PAGE_BYTES", str(pick.choice([512, 4096, 1 << 25])))
    lance.write_dataset(table, str(place), data_storage_version="2.0", max_rows_per_file=pick.choice([1 << 20, 1000]))


@pytest.mark.parametrize("group", range(COUNT // GROUP))
def test_reads_and_takes_what_official_wrote(cli, tmp_path, monkeypatch, group):
    for seed in range(group * GROUP, (group + 1) * GROUP):
        table, pick, place = version20_tables.table(seed), random.Random(seed), tmp_path / f"{seed}.lance"
        write(monkeypatch, place, table, pick)
        why = difference(stream(cli, "cat", place), table)
        assert why is None, f"seed {seed}: {why}"
        rows = [pick.randrange(table.num_rows) for _ in range(pick.choice([1, 9, 60]))]
        got = stream(cli, "take", place, "--rows", ",".join(map(str, rows)))
        why = difference(got, table.take(rows))
        assert why is None, f"seed {seed}, rows {rows}: {why}"


@pytest.mark.parametrize("scheme", ["fsst", "lz4", "zstd"])
def test_reads_compressed_text_with_nulls(cli, tmp_path, scheme):
    field = pa.field("text", pa.string(), metadata={"lance-encoding:compression": scheme})
    table = pa.table([pa.array([None if i % 3 == 1 else f"text {i * i} of many" for i in range(30_000)])],
                     schema=pa.schema([field]))
    place = tmp_path / "text.lance"
    lance.write_dataset(table, str(place), data_storage_version="2.0")
    assert difference(stream(cli, "cat", place), table) is None
    rows = [29_999, 1, 0, 15_000, 15_001]
    got = stream(cli, "take", place, "--rows", ",".join(map(str, rows)))
    assert difference(got, table.take(rows)) is None


@pytest.mark.parametrize("rows_per_batch", [700, 1 << 20])
def test_reads_lists_over_many_pages(cli, tmp_path, rows_per_batch):
    """Pages of lists end where others than those of their items do."""
    count = 20_000
    inner = pa.array([[f"text {i} {k}" for k in range(i % 3)] if i % 11 else None for i in range(count * 2)])
    lists = pa.ListArray.from_arrays(pa.array(range(0, 2 * count + 1, 2), pa.int32()), inner)
    table = pa.table({"number": range(count), "lists": lists})
    path = tmp_path / "many.lance"
    from lance.file import LanceFileWriter
    with LanceFileWriter(str(tmp_path / "data.lance"), table.schema, version="2.0", data_cache_bytes=1 << 14) as writer:
        for batch in table.to_batches(max_chunksize=rows_per_batch):
            writer.write_batch(batch)
    commit_file(path, tmp_path / "data.lance", table)
    assert difference(stream(cli, "cat", path), table) is None
    rows = [count - 1, 0, 7, 699, 700, 701, 12345, 12345]
    got = stream(cli, "take", path, "--rows", ",".join(map(str, rows)))
    assert difference(got, table.take(rows)) is None


def commit_file(path, data_file, table):
    """Make a table of one fragment out of a file that was written by itself."""
    empty = lance.write_dataset(table.slice(0, 0), str(path), data_storage_version="2.0")
    (path / "data").mkdir(exist_ok=True)
    data_file.rename(path / "data" / "many.lance")
    ids = list(range(4))  # number, lists and two levels of items
    file = lance.fragment.DataFile("many.lance", ids, ids, file_major_version=2, file_minor_version=0)
    fragment = lance.FragmentMetadata(id=0, files=[file], physical_rows=table.num_rows)
    lance.LanceDataset.commit(str(path), lance.LanceOperation.Append([fragment]), read_version=empty.version)


def test_refuses_other_versions_by_name(cli, tmp_path):
    table = pa.table({"number": range(10)})
    place = tmp_path / "next.lance"
    lance.write_dataset(table, str(place), data_storage_version="2.3")
    done = cli.run("cat", place)
    assert done.returncode == 1 and "2.3" in done.stderr and 'data_storage_version="2.2"' in done.stderr, done.stderr
