"""The file format against pylance at its defaults and against Parquet (pyarrow and DuckDB, zstd and snappy).

  ./dev bench format [--quick] [--only DATA_SET,...] [--json FILE]

Same data (an Arrow file mapped into memory), same machine, turn by turn; medians. Each system has a process of its own,
its default number of threads and its default size of batches, and yields Arrow batches, which are counted and dropped.
Tables are opened before a warm reading and within a cold one; before that the page cache loses their files. Writes are
timed to the end of the call: ours includes an fsync of each file and folder (there is no switch), the others sync
nothing, so they are also timed in a file system of memory. Peak memory is what a fresh process needs for the one
operation beyond what it held before. A ratio is the peer's figure over ours: above 1 we win. A limit is what the
hardware could do; the share says how near we come.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from arrow_files import mapped
from cold import evict
from data_sets import DATA_SETS, THREE_COLUMNS, arrow_file, size_of
from goals import THREE, WHOLE, verdicts
from limits import Limits
from paired import Driver, Report, short, show

PEERS = ["pylance", "pyarrow-zstd", "pyarrow-snappy", "duckdb-zstd", "duckdb-snappy"]
TAKES = (1, 256, 4096)
FILTERS = {"filter: 2 % of rows": ("l_orderkey,l_comment", "l_quantity < 2"),
           "filter: 0.002 %": ("*", "l_shipdate >= date '1998-11-27' AND l_shipmode = 'AIR'")}
ROW_BUDGET_S = 20  # beyond this a row has fewer rounds, but not below two
MEMORY_FOLDER = pathlib.Path("/dev/shm")


class Systems:
    """One process per system, and where each keeps its table."""

    def __init__(self, driver, names, folder):
        self.driver, self.folder, self.live = driver, folder, {}
        for name in names:
            self.live[name] = self.start(name)

    def start(self, name):
        if name == "ours":
            return Driver(self.driver)
        return Driver(sys.executable, HERE / "worker.py", name)

    def place(self, name, folder=None):
        endings = {"ours": ".lance", "pylance": ".lance"}
        return (folder or self.folder) / (name + endings.get(name, ".parquet"))

    def close(self):
        for process in self.live.values():
            process.close()
        self.live = {}


class DataSet:
    """All measurements on one table."""

    def __init__(self, name, args, limits):
        self.name, self.args, self.limits = name, args, limits
        self.source = arrow_file(args.data, name, args.size)
        self.table = mapped(self.source)
        self.columns = self.table.num_columns
        self.folder = args.out / "tables" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.report = Report(name, args.peers)
        self.refused = []

    def measure(self):
        print(f"\n{self.name}: {self.table.num_rows:,} rows, {self.columns} columns, {self.table.nbytes / 1e6:,.1f} MB in Arrow")
        self.systems = Systems(self.args.driver, ["ours", *self.args.peers], self.folder)
        try:
            self.ask_all("load", lambda name: [f"load {self.source}"])
            self.writes()
            self.check_that_pylance_reads_ours()
            self.reads()
        finally:
            self.systems.close()
        self.memory()
        for row, system, why in self.refused:
            print(f"  {row}: {system} cannot: {why[:160]}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask_all(self, row, lines, before=lambda name: None):
        """Ask every system once, which also warms it up; who cannot do it is left out and named."""
        seconds = {}
        for name, process in list(self.systems.live.items()):
            try:
                before(name)
                seconds[name] = sum(process.ask(line)[0] for line in lines(name))
            except RuntimeError as error:
                if name == "ours":
                    raise
                self.refused.append((row, name, str(error).split(": ", 1)[-1]))
        return seconds

    def row(self, name, lines, limit=None, rounds=None, before=lambda name: None):
        """Time `lines(system)` turn by turn; `before(system)` is not timed, `limit()` is asked afterwards."""
        able = self.ask_all(name, lines, before)
        def side(system):
            def once():
                before(system)
                return sum(self.systems.live[system].ask(line)[0] for line in lines(system))
            return once
        rounds = max(2, min(rounds or self.args.rounds, int(ROW_BUDGET_S / max(1e-9, sum(able.values())))))
        medians = self.report.measure({system: side(system) for system in able}, rounds)
        self.add(name, medians, "s", limit and limit())

    def add(self, name, values, unit, limit=None):
        goals = verdicts(self.name, name, self.report.ratios(values))
        note = "; ".join(f"{'met' if met else 'MISSED'}: {peer} >= {least:.2g}" for peer, least, met in goals)
        more = {"goals": [{"peer": p, "at_least": least, "met": met} for p, least, met in goals]}
        if limit is not None:
            share = limit[0] / values["ours"]
            more["limit"] = {"value": limit[0], "what": limit[1], "share": share}
            note = f"{share:4.0%} of {show(limit[0], unit):>8} ({limit[1]})" + ("; " if note else "") + note
        if name.startswith("write") and unit == "s":
            more["bytes_per_s"] = {s: self.table.nbytes / seconds for s, seconds in values.items()}
            note = "  ".join(f"{s} {rate / 1e6:.0f}" for s, rate in list(more["bytes_per_s"].items())[:2]) + f" MB/s; {note}"
        self.report.add(name, values, unit, note, **more)

    def writes(self):
        rounds = max(2, self.args.rounds // 2)
        place = self.systems.place
        self.row("write", lambda name: [f"write {place(name)}"],
                 lambda: self.limits.write(size_of(place("ours"))), rounds)
        self.live_tables = [s for s in self.systems.live if place(s).exists()]
        for gone in set(self.systems.live) - set(self.live_tables):
            self.systems.live.pop(gone).close()
        self.stored = {s: size_of(place(s)) for s in self.systems.live}
        if MEMORY_FOLDER.is_dir():
            fast = MEMORY_FOLDER / f"lance-benchmark-{os.getpid()}"
            fast.mkdir()
            try:
                self.row("write to memory", lambda name: [f"write {place(name, fast)}"],
                         lambda: self.limits.write_memory(self.table.nbytes, self.stored["ours"]), rounds)
            finally:
                shutil.rmtree(fast)
        self.add("bytes on disk", self.stored, "bytes")

    def check_that_pylance_reads_ours(self):
        import lance
        rows = sorted(random.Random(0).sample(range(self.table.num_rows), min(256, self.table.num_rows)))
        theirs = lance.dataset(str(self.systems.place("ours"))).take(rows)
        if not theirs.equals(self.table.take(rows)):
            raise RuntimeError(f"{self.name}: pylance reads other rows than were written")

    def reads(self):
        place, limits, plain, stored = self.systems.place, self.limits, self.table.nbytes, self.stored["ours"]
        def opened(name):
            return f"open {place(name)}"
        def cold(name):
            evict(place(name))
        self.ask_all("open", lambda name: [opened(name)])
        self.row(WHOLE, lambda name: ["scan"], lambda: limits.decode(plain))
        self.row(f"{WHOLE}, cold", lambda name: [opened(name), "scan"], lambda: limits.read_and_decode(plain, stored), before=cold)
        if self.columns >= 3:
            three = THREE_COLUMNS if self.name == "lineitem" else self.table.column_names[:3]
            line = "scan " + ",".join(three)
            if self.columns > 3:
                self.row(THREE, lambda name: [line], lambda: limits.decode(self.table.select(three).nbytes))
                self.row(f"{THREE}, cold", lambda name: [opened(name), line], before=cold)
        for count in TAKES:
            count = min(count, self.table.num_rows)
            self.row(f"take {count}", self.draws(count, lambda name: []), lambda: limits.take(count * self.columns, plain),
                     self.args.rounds * 5)
            self.row(f"take {count}, cold", self.draws(count, lambda name: [opened(name)]),
                     lambda: limits.take_cold(count * self.columns, stored), before=cold)
        if self.name == "lineitem" and "pylance" in self.systems.live:
            self.with_pylance_alone(opened)

    def draws(self, count, first):
        """Lines that take rows, drawn anew each time, the same for all systems."""
        turns = {}
        def lines(name):
            turns[name] = turns.get(name, 0) + 1
            rows = sorted(random.Random(count * 1000 + turns[name]).sample(range(self.table.num_rows), count))
            return [*first(name), "take " + ",".join(map(str, rows))]
        return lines

    def with_pylance_alone(self, opened):
        """Filters, and our reader on the official file."""
        others = {s: self.systems.live.pop(s) for s in list(self.systems.live) if s not in ("ours", "pylance")}
        for name, (columns, text) in FILTERS.items():
            self.row(name, lambda _, columns=columns, text=text: [f"where {columns} {text}"])
        self.ask_all("open", lambda name: [opened("pylance")])
        self.row(f"{WHOLE}, pylance's file", lambda name: ["scan"])
        self.systems.live.update(others)

    def memory(self):
        """Each operation of each system in a process of its own."""
        place = self.systems.place
        count = min(4096, self.table.num_rows)
        take = self.draws(count, lambda name: [])
        steps = {"write": (lambda s: f"load {self.source}", lambda s: f"write {place(s)}"),
                 WHOLE: (lambda s: f"open {place(s)}", lambda s: "scan"),
                 f"take {count}": (lambda s: f"open {place(s)}", lambda s: take(s)[0])}
        for name, (first, then) in steps.items():
            peaks = {}
            for system in self.live_tables:
                if any(row in (name, "open") and who == system for row, who, _ in self.refused):
                    continue
                process = self.systems.start(system)
                process.ask(first(system))
                peaks[system] = process.peak_memory(then(system))
                process.close()
            self.add(f"peak memory: {name}", peaks, "bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True, type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("build/data"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/benchmark"))
    parser.add_argument("--json", type=pathlib.Path, help="where the numbers go; default OUT/format.json")
    parser.add_argument("--only", default=",".join(DATA_SETS), help="data sets, by comma: " + " ".join(DATA_SETS))
    parser.add_argument("--peers", default=",".join(PEERS), help="by comma: " + " ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=float, default=1, help="1 is lineitem SF1, 300,000 vectors, 20 M integers")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, two rounds")
    args = parser.parse_args()
    if args.quick:
        args.size, args.rounds = args.size / 10, 2
    names, args.peers = args.only.split(","), args.peers.split(",")
    if wrong := (set(names) - set(DATA_SETS)) | (set(args.peers) - set(PEERS)):
        parser.error(f"unknown: {', '.join(sorted(wrong))}")
    args.out.mkdir(parents=True, exist_ok=True)
    args.out, args.driver = args.out.resolve(), args.driver.resolve()
    driver = Driver(args.driver)
    limits = Limits(driver, args.out, (256 << 20) if args.size >= 0.1 else (16 << 20), 3 if args.size >= 1 else 1)
    driver.close()
    import lance
    print(f"size {args.size:g}, pylance {lance.__version__}; {limits.text()}")
    rows = []
    for name in names:
        data_set = DataSet(name, args, limits)
        data_set.measure()
        rows += [{"data_set": name, **row} for row in data_set.report.rows]
    finish(args, names, limits, rows)


def finish(args, names, limits, rows):
    goals = [(row, goal) for row in rows for goal in row["goals"]]
    print(f"\n{sum(g['met'] for _, g in goals)} of {len(goals)} goals met" + ("; missed:" if goals else ""))
    for row, goal in goals:
        if not goal["met"]:
            print(f"  {row['data_set']:12} {row['name']:28} {goal['peer']} {short(row['ratios'][goal['peer']])}, "
                  f"not {goal['at_least']:.2f}")
    path = args.json or args.out / "format.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"title": "format", "size": args.size, "rounds": args.rounds, "data_sets": names,
                                "limits": limits.to_json(), "rows": rows}, indent=1) + "\n")
    print(f"saved as {path}")


if __name__ == "__main__":
    main()
