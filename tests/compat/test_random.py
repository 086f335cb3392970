"""Random tables cross the border both ways, in both file versions.

LANCE_RANDOM_TABLES says how many (default 200, `./dev test` takes 2000), LANCE_RANDOM_SEED where the seeds begin
(default 0); a failure names its seed, and
  python tests/compat/exchange.py SEED...
replays one table and keeps its files.
"""
import concurrent.futures
import multiprocessing
import os

import lance
import pyarrow as pa
import pytest

import exchange
import random_tables
from conftest import built
from same import difference

COUNT = int(os.environ.get("LANCE_RANDOM_TABLES", "200"))
FIRST = int(os.environ.get("LANCE_RANDOM_SEED", "0"))
GROUP = 25  # tables per test
SEEDS = range(FIRST, FIRST + COUNT, GROUP)

# Seed -> words of a fault that is known and still open; any other fault of the seed fails, and so does none.
OPEN = {
    1980: "too many for indices of type",  # we write dictionaries of batches that together exceed their indices
}


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    """First seed of a group -> what is found in it; the groups share all cores, each process checks many tables."""
    folder, path = tmp_path_factory.mktemp("random"), built("exchange")
    spawn = multiprocessing.get_context("spawn")  # the official library runs threads, which do not survive a fork
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), spawn) as pool:
        yield {seed: pool.submit(exchange.check_seeds, range(seed, min(seed + GROUP, FIRST + COUNT)), str(path),
                                 str(folder / str(seed))) for seed in SEEDS}


@pytest.mark.parametrize("first", SEEDS)
def test_tables_cross_the_border_both_ways(groups, first):
    found = dict(groups[first].result())
    still_open = {seed for seed, words in OPEN.items() if words in found.get(seed, "")}
    wrong = {seed: why for seed, why in found.items() if seed not in still_open}
    assert not wrong, "\n".join(f"seed {seed}: {why}" for seed, why in wrong.items())
    mended = {seed for seed in OPEN if seed in range(first, min(first + GROUP, FIRST + COUNT))} - still_open
    assert not mended, f"no fault of seeds {sorted(mended)} any more: take them out of OPEN"


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
