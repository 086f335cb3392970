"""Random tables cross the border both ways, in both file versions; LANCE_RANDOM_TABLES says how many (default 150)."""
import os

import lance
import pyarrow as pa
import pytest

import random_tables
from same import difference

COUNT = int(os.environ.get("LANCE_RANDOM_TABLES", "150"))
GROUP = 10  # tables per test, so that a failure names few


def tables(group):
    for seed in range(group * GROUP, (group + 1) * GROUP):
        table = random_tables.table(seed)
        yield seed, "2.1" if seed % 2 else "2.2", table


@pytest.mark.parametrize("group", range(COUNT // GROUP))
def test_official_reads_ours(cli, tmp_path, group):
    for seed, version, table in tables(group):
        place = tmp_path / f"{seed}.lance"
        cli.write(place, table, "--file-version", version)
        dataset = lance.dataset(str(place))
        assert dataset.data_storage_version == version
        why = difference(dataset.to_table(), table)
        assert why is None, f"seed {seed}, file version {version}: {why}"
        if table.num_rows:
            rows = sorted({0, table.num_rows // 2, table.num_rows - 1})
            assert difference(dataset.take(rows), table.take(rows)) is None, f"take, seed {seed}"


@pytest.mark.parametrize("group", range(COUNT // GROUP))
def test_we_read_official(cli, tmp_path, group):
    for seed, version, table in tables(group):
        if table.num_rows == 0:
            continue
        place = tmp_path / f"{seed}.lance"
        lance.write_dataset(table, str(place), data_storage_version=version, max_rows_per_file=3000)
        why = difference(cli.read(place), table)
        assert why is None, f"seed {seed}, file version {version}: {why}"


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_both_append_in_turns(cli, tmp_path, version):
    place = tmp_path / "turns.lance"
    parts = [random_tables.table(7, rows) for rows in (100, 5000, 1, 3000, 777)]
    schema = parts[0].schema
    parts = [pa.table(part.columns, schema=schema) for part in parts]
    cli.write(place, parts[0], "--file-version", version)
    for turn, part in enumerate(parts[1:]):
        if turn % 2 == 0:
            lance.write_dataset(part, str(place), mode="append")
        else:
            cli.write(place, part, "--mode", "append")
    want = pa.concat_tables(parts)
    dataset = lance.dataset(str(place))
    assert dataset.version == 5 and len(dataset.get_fragments()) == 5
    assert difference(dataset.to_table(), want) is None
    assert difference(cli.read(place), want) is None
    dataset.delete(f"_rowid < {2**32}")
    assert difference(cli.read(place), pa.concat_tables(parts[1:])) is None
    assert difference(cli.read(place, "--version", 1), parts[0]) is None


def test_official_overwrites_and_we_overwrite(cli, tmp_path):
    place = tmp_path / "over.lance"
    first, second, third = (random_tables.table(seed, 500) for seed in (1, 2, 3))
    lance.write_dataset(first, str(place))
    cli.write(place, second, "--mode", "overwrite")
    assert difference(lance.dataset(str(place)).to_table(), second) is None
    lance.write_dataset(third, str(place), mode="overwrite")
    assert difference(cli.read(place), third) is None
    assert difference(cli.read(place, "--version", 1), first) is None
    assert difference(lance.dataset(str(place), version=2).to_table(), second) is None
