"""Zone statistics in our files: the official library does not mind them, and they never change an answer."""
import random

import lance
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from same import difference

ROWS = 90_000  # several zones


def clustered(rows=ROWS, seed=3, nans=True):
    """Columns whose values rise roughly with the row, with nulls and NaNs."""
    rng = np.random.default_rng(seed)
    base = np.arange(rows) + rng.integers(-500, 500, rows)
    mask = lambda rate: rng.random(rows) < rate
    floats = base / 8.0
    floats[rng.random(rows) < (0.001 if nans else 0)] = np.nan
    words = np.array([f"{'common prefix of all the words ' if i % 2 else ''}{i:08d}" for i in base])
    nulls_first = np.where(np.arange(rows) < 40_000, True, mask(0.3))
    whole = pa.table({
        "id": pa.array(np.arange(rows)),
        "small": pa.array((base // 1000).astype(np.int16), mask=mask(0.1)),
        "real": pa.array(floats, mask=mask(0.05)),
        "day": pa.array((base // 30).astype(np.int32)).cast(pa.date32()),
        "word": pa.array(words, mask=mask(0.02)),
        "flag": pa.array(base > rows // 2, mask=mask(0.01)),
        "late": pa.array(base, mask=nulls_first),
        "price": pa.array(base).cast(pa.decimal128(20, 0)).cast(pa.decimal128(22, 2)),
        "s": pa.StructArray.from_arrays([pa.array(base.astype(np.uint32), mask=base < 0)], names=["x"],
                                        mask=pa.array(mask(0.1))),
        "tags": pa.array([[int(i)] for i in base], pa.list_(pa.int64())),
    })
    return whole


def test_official_reads_and_rewrites(cli, tmp_path):
    place, table = tmp_path / "t.lance", clustered()
    cli.write(place, table, "--max-rows-per-file", 40_000)
    dataset = lance.dataset(str(place))
    assert not dataset.schema.metadata
    assert difference(dataset.to_table(), table) is None
    assert difference(dataset.to_table(filter="id = 77777"), table.slice(77_777, 1)) is None
    # Appended and rewritten by the other side: nothing of ours is in the way, and nothing stale is believed.
    lance.write_dataset(table.slice(0, 1000), str(place), mode="append")
    dataset = lance.dataset(str(place))
    dataset.delete("id % 3 = 0")
    want = pa.concat_tables([table, table.slice(0, 1000)])
    want = want.filter(pc.not_equal(pc.subtract(want["id"], pc.multiply(pc.divide(want["id"], 3), 3)), 0))
    assert difference(cli.read(place), want) is None
    for mode in ("reencode", "try_binary_copy"):
        try:
            dataset.optimize.compact_files(target_rows_per_fragment=1 << 20, compaction_mode=mode)
        except TypeError:
            dataset.optimize.compact_files(target_rows_per_fragment=1 << 20)
        dataset = lance.dataset(str(place))
        assert difference(dataset.to_table(), want) is None
        assert difference(cli.read(place), want) is None
        assert int(cli.ok("count", place, "--where", "id >= 80000")) == pc.sum(
            pc.greater_equal(want["id"], 80_000)).as_py()
    assert not dataset.schema.metadata


def test_binary_copy_of_whole_files(cli, tmp_path):
    place, table = tmp_path / "t.lance", clustered()
    cli.write(place, table, "--max-rows-per-file", 30_000)
    lance.dataset(str(place)).optimize.compact_files(target_rows_per_fragment=1 << 20,
                                                     compaction_mode="try_binary_copy")
    dataset = lance.dataset(str(place))
    assert len(dataset.get_fragments()) == 1
    assert difference(dataset.to_table(), table) is None
    assert difference(cli.read(place), table) is None
    assert int(cli.ok("count", place, "--where", "id < 25")) == 25


CONDITIONS = ["id {o} {n}", "small {o} {k}", "real {o} {n} / 8.0", "day {o} date '2000-01-01'", "word {o} '{w}'",
              "word LIKE '{w4}%'", "flag", "NOT flag", "late IS NULL", "late {o} {n}", "price {o} {n}",
              "id IN ({n}, 5, 89999)", "small IS NOT NULL", "late IN ({n}, {n} + 1)"]


def condition(rng, depth=0):
    if depth < 2 and rng.random() < 0.4:
        kind = rng.choice(["({} AND {})", "({} OR {})", "NOT ({})"])
        return kind.format(*[condition(rng, depth + 1) for _ in range(kind.count("{}"))])
    n = rng.randrange(-100, ROWS + 100)
    word = ("common prefix of all the words " if rng.random() < 0.5 else "") + f"{max(n, 0):08d}"
    return rng.choice(CONDITIONS).format(o=rng.choice(["=", "<", "<=", ">", ">=", "<>"]), n=n, k=n // 1000, w=word,
                                         w4=word[:rng.choice([3, 34])])


@pytest.fixture(scope="module")
def table_of_both(cli, tmp_path_factory):
    place = tmp_path_factory.mktemp("zones") / "t.lance"
    # The official library takes NaN for the largest number, we follow IEEE 754.
    cli.write(place, clustered(nans=False), "--max-rows-per-file", 50_000)
    return place, lance.dataset(str(place))


@pytest.mark.parametrize("seed", range(60))
def test_counts_agree(cli, table_of_both, seed):
    place, dataset = table_of_both
    text = condition(random.Random(seed))
    assert int(cli.ok("count", place, "--where", text)) == dataset.count_rows(filter=text), text
