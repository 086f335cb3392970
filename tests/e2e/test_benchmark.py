"""The benchmark of the format runs from end to end and says what it must; its numbers mean nothing at this size."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
PEERS = ["pylance", "pyarrow-zstd", "duckdb-zstd"]
ROWS = {"write", "bytes on disk", "full scan", "full scan, cold", "take 1", "take 1, cold", "take 256", "take 256, cold",
        "peak memory: write", "peak memory: full scan"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory, data_folder):
    driver = pathlib.Path(os.environ["LANCE_BUILD"]) / "benchmark" / "lance_benchmark_driver"
    out = tmp_path_factory.mktemp("benchmark")
    done = subprocess.run([sys.executable, str(REPOSITORY / "benchmark/format"), "--driver", str(driver), "--size", "0.001",
                           "--rounds", "2", "--only", "lineitem", "--peers", ",".join(PEERS), "--data",
                           str(data_folder), "--out", str(out), "--json", str(out / "figures.json")],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((out / "figures.json").read_text()), done.stdout


def test_every_system_has_every_figure(figures):
    rows = {row["name"]: row for row in figures[0]["rows"]}
    assert ROWS <= set(rows)
    for name in ROWS:
        assert set(rows[name]["values"]) == {"ours", *PEERS}, name
        assert all(value >= 0 for value in rows[name]["values"].values())
        assert set(rows[name]["ratios"]) == set(PEERS)


def test_goals_are_judged_by_their_ratios(figures):
    found = [(row, goal) for row in figures[0]["rows"] for goal in row["goals"]]
    assert {(row["data_set"], row["name"]) for row, _ in found} >= {
        ("lineitem", "write"), ("lineitem", "bytes on disk"), ("lineitem", "full scan"), ("lineitem", "3 columns"),
        ("lineitem", "take 1"), ("lineitem", "take 256"), ("lineitem", "peak memory: write")}
    for row, goal in found:
        assert goal["met"] == (row["values"][goal["peer"]] / row["values"]["ours"] >= goal["at_least"])


def test_limits_stand_beside_the_figures(figures):
    limits = figures[0]["limits"]
    assert limits["copy_bytes_per_s"] > limits["touch_bytes_per_s"] / 4 > 0 and limits["cached_4k_reads_per_s"] > 0
    row = next(row for row in figures[0]["rows"] if row["name"] == "full scan")
    assert row["limit"]["share"] == pytest.approx(row["limit"]["value"] / row["values"]["ours"])
    assert "goals met" in figures[1]
