#!/usr/bin/env python3
"""How fast are whole-table operations against pylance, on the same data with the same threads?

  table_operations.py --driver build/release/benchmark/lance_benchmark_driver [--quick] [--data build/data]

lineitem (TPC-H, scale factor 1) and a table of 300,000 vectors of 768 floats. Both sides run in this machine's page
cache; rounds alternate; medians. Ratios above 1 mean that we are faster or smaller.
"""
import argparse
import os
import pathlib
import random
import shutil
import sys

os.environ.setdefault("LANCE_LOG", "error")

import lance
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "data"))

from paired import Driver, Report, timed
from real_data import as_stored, lineitem

FILTERS = {
    "filter 2 % (l_quantity < 2)": ("l_orderkey,l_comment", "l_quantity < 2"),
    "filter 0.002 % -> all columns": ("*", "l_shipdate >= date '1998-11-27' AND l_shipmode = 'AIR'"),
}


def vectors(folder, rows):
    path = folder / f"vectors-{rows}.parquet"
    if not path.exists():
        rng = np.random.default_rng(1)
        data = rng.standard_normal(rows * 768, dtype=np.float32)
        table = pa.table({"id": pa.array(range(rows), pa.int64()),
                          "vector": pa.FixedSizeListArray.from_arrays(pa.array(data), 768)})
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="none", use_dictionary=False)
    return path


def size_of(folder):
    return sum(p.stat().st_size for p in pathlib.Path(folder).rglob("*") if p.is_file())


def read_all(dataset, columns=None, filter=None):
    rows = 0
    for batch in dataset.scanner(columns=columns, filter=filter, batch_size=8192).to_batches():
        rows += batch.num_rows
    return rows


def compare(report, driver, source, folder, three, rounds):
    """All operations on one table."""
    table = as_stored(source)
    driver.ask(f"load {source}")
    ours, theirs = folder / "ours.lance", folder / "official.lance"

    def write_official():
        shutil.rmtree(theirs, ignore_errors=True)
        return timed(lambda: lance.write_dataset(table, str(theirs), data_storage_version="2.2"))

    report.run("write", {"ours": lambda: driver.ask(f"write {ours} 2.2")[0], "pylance": write_official},
               max(2, rounds // 2))
    report.add("bytes on disk", {"ours": size_of(ours), "pylance": size_of(theirs)}, "bytes")

    # Each side reads what the official writer wrote, and what we wrote.
    for name, place in (("official file", theirs), ("our file", ours)):
        dataset = lance.dataset(str(place))
        driver.ask(f"open {place}")
        decoded = driver.ask("scan")[1][1]
        rate = lambda medians: f"{decoded / medians['ours'] / 1e9:.2f} GB/s decoded"
        report.run(f"full scan, {name}", {"ours": lambda: driver.ask("scan")[0],
                                          "pylance": lambda: timed(lambda: read_all(dataset))}, rounds, note=rate)
        report.run(f"3 columns, {name}" if len(three) == 3 else f"{len(three)} column, {name}",
                   {"ours": lambda: driver.ask("scan " + ",".join(three))[0],
                    "pylance": lambda: timed(lambda: read_all(dataset, three))}, rounds)
        if "l_quantity" in table.column_names:
            for label, (columns, text) in FILTERS.items():
                wanted = None if columns == "*" else columns.split(",")
                count = driver.ask(f"where {columns} {text}")[1][0]
                assert count == read_all(dataset, wanted, text), f"{label}: rows differ"
                report.run(f"{label}, {name}", {
                    "ours": lambda: driver.ask(f"where {columns} {text}")[0],
                    "pylance": lambda: timed(lambda: read_all(dataset, wanted, text))}, rounds)
        else:
            report.run(f"id < 3000 (1 %), {name}", {
                "ours": lambda: driver.ask("where * id < 3000")[0],
                "pylance": lambda: timed(lambda: read_all(dataset, None, "id < 3000"))}, rounds)
        for count in (1, 256):
            pick = random.Random(count)
            draws = iter(lambda: [pick.randrange(table.num_rows) for _ in range(count)], None)
            report.run(f"take {count} random, {name}", {
                "ours": lambda: driver.ask("take " + ",".join(map(str, next(draws))))[0],
                "pylance": lambda: (rows := next(draws)) and timed(lambda: dataset.take(rows))}, rounds * 6)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", required=True)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("build/data"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/benchmark"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, two rounds")
    args = parser.parse_args()
    scale, rows, rounds = (0.1, 30_000, 2) if args.quick else (1, 300_000, args.rounds)
    driver = Driver(args.driver)
    folder = args.out / "tables"
    seconds, (copied,) = driver.ask(f"copy {256 << 20}")
    print(f"{os.cpu_count()} CPUs, warm memory copy {copied / seconds / 1e9:.1f} GB/s, pylance {lance.__version__}")
    worst = []
    for title, source, three in (
            (f"lineitem SF{scale}", lineitem(args.data, scale), ["l_orderkey", "l_extendedprice", "l_shipdate"]),
            (f"{rows} x 768 float32", vectors(args.data, rows), ["vector"])):
        print(title)
        report = Report(title, ["pylance"])
        (folder / title.replace(" ", "-")).mkdir(parents=True, exist_ok=True)
        compare(report, driver, source, folder / title.replace(" ", "-"), three, rounds)
        worst.append(report.save(args.out / f"{title.replace(' ', '-')}.json"))
    driver.close()
    shutil.rmtree(folder, ignore_errors=True)
    print(f"worst ratio of all {min(worst):.2f}")


if __name__ == "__main__":
    main()
