"""What the policy chooses for each goal is read by the official library, value for value."""
import lance
import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.feather as feather
import pytest

ROWS = 60_000


def columns():
    """Columns that make the policy use each of its ways, with and without nulls."""
    rng = np.random.default_rng(3)
    words = np.array(["carefully", "final", "deposits", "sleep", "quickly", "packages", "ironic", "above", "the"])
    text = [" ".join(words[rng.integers(0, 9, 5)]) for _ in range(ROWS)]
    plain = {
        "price": pa.array(rng.integers(90_000, 10_000_000, ROWS)).cast(pa.decimal128(19, 0)).cast(pa.decimal128(19, 2)),
        "sorted_key": pa.array(np.repeat(np.arange(ROWS // 4) * 7, 4)),
        "day": pa.array(rng.choice(rng.integers(0, 2**30, 2500), ROWS).astype("int32")).cast(pa.date32()),
        "small": pa.array(rng.choice(np.array([3, 200], "uint8"), ROWS)),
        "rate": pa.array(rng.choice(rng.random(40), ROWS)),
        "slow_float": pa.array(np.cumsum(rng.normal(0, 0.01, ROWS)).round(2).astype("float32")),
        "random": pa.array(rng.integers(-2**63, 2**63, ROWS)),
        "text": pa.array(text),
        "city": pa.array(words[rng.integers(0, 9, ROWS)]),
        "document": pa.array([value * 12 for value in text[:3000]] * (ROWS // 3000)),
        "hash": pa.array([rng.bytes(16) for _ in range(ROWS)], pa.binary(16)),
        "flags": pa.array(rng.random(ROWS) < 0.1),
        "list": pa.array([[1, 2, i % 5] if i % 3 else [] for i in range(ROWS)], pa.list_(pa.int32())),
    }
    mask = pa.array(rng.random(ROWS) < 0.1)
    some = {f"{name}_null": pa.compute.if_else(mask, pa.scalar(None, column.type), column)
            for name, column in plain.items() if name not in ("list", "hash")}
    return pa.table(plain | some)


@pytest.mark.parametrize("version", ["2.1", "2.2"])
@pytest.mark.parametrize("goal", ["balanced", "size", "scan", "random-access"])
def test_official_reader_reads_each_goal(cli, tmp_path, goal, version):
    table = columns()
    source, target = tmp_path / "in.arrow", tmp_path / "out.lance"
    feather.write_feather(table, source, compression="uncompressed")
    cli.ok("write", target, "--from", source, "--optimize", goal, "--file-version", version)
    dataset = lance.dataset(str(target))
    for name in table.column_names:
        got = dataset.to_table(columns=[name]).column(0).combine_chunks()
        assert got.equals(table[name].combine_chunks()), name
    rows = [0, 1, 1023, 1024, 4095, 33_333, ROWS - 1]
    assert dataset.take(rows).equals(table.take(rows).cast(dataset.schema))


def test_unknown_goals_are_refused_with_the_list(cli, tmp_path):
    source = tmp_path / "in.arrow"
    feather.write_feather(pa.table({"a": [1]}), source, compression="uncompressed")
    ran = cli.run("write", tmp_path / "out.lance", "--from", source, "--optimize", "fast")
    assert ran.returncode != 0 and "balanced, size, scan, random-access" in ran.stderr


def test_inspect_says_why_of_official_files_too(cli, tmp_path):
    price = pa.array(np.random.default_rng(5).integers(0, 2**24, ROWS)).cast(pa.decimal128(19, 0))
    lance.write_dataset(pa.table({"price": price, "other": price}), str(tmp_path / "official.lance"))
    text = cli.ok("inspect", tmp_path / "official.lance", "--why", "--column", "price")
    assert "* " in text and "zstd around flat" in text and "cheapest for 'balanced'" in text and "other" not in text
    fast = cli.ok("inspect", tmp_path / "official.lance", "--why", "--column", "price", "--optimize", "scan")
    assert "cheapest for 'scan'" in fast
    assert "price, other" in cli.run("inspect", tmp_path / "official.lance", "--why", "--column", "none").stderr
