"""Paired timing: two systems take turns in the same run; medians and their ratio are printed."""
import json
import pathlib
import random
import statistics
import subprocess
import time


class Driver:
    """Our side, in a process of its own: one line asks, one line answers."""

    def __init__(self, path):
        self.process = subprocess.Popen([str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        """Return (seconds, rest of the answer as integers)."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] == "error":
            raise RuntimeError(f"{line[:100]}: {' '.join(answer[1:])}")
        return float(answer[0]), [int(x) for x in answer[1:]]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class Report:
    """Collects rows of medians; `ratio` is the peer's time (or bytes) over ours: above 1 we win."""

    def __init__(self, title, peers):
        self.title, self.peers, self.rows = title, peers, []

    def run(self, name, sides, rounds, unit="s", note=lambda medians: ""):
        """`sides`: {system: function -> seconds}; the order changes every round, the first is dropped."""
        times = {system: [] for system in sides}
        for turn in range(rounds + 1):
            order = list(sides)
            random.Random(turn).shuffle(order)
            for system in order:
                seconds = sides[system]()
                if turn:
                    times[system].append(seconds)
        medians = {system: statistics.median(found) for system, found in times.items()}
        self.add(name, medians, unit, note(medians))
        return medians

    def add(self, name, values, unit, note=""):
        ours = values["ours"]
        ratios = {peer: values[peer] / ours if ours else float("inf") for peer in self.peers if peer in values}
        self.rows.append({"name": name, "unit": unit, "values": values, "ratios": ratios, "note": note})
        cells = "  ".join(f"{system} {show(values[system], unit):>10}" for system in values)
        against = "  ".join(f"{peer}/ours {ratio:5.2f}" for peer, ratio in ratios.items())
        print(f"  {name:34} {cells}  | {against}  {note}", flush=True)

    def save(self, path):
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"title": self.title, "rows": self.rows}, indent=1) + "\n")
        worst = min((ratio, row["name"], peer) for row in self.rows for peer, ratio in row["ratios"].items())
        print(f"  worst ratio {worst[0]:.2f}: {worst[1]} against {worst[2]}; saved as {path}")
        return worst[0]


def show(value, unit):
    if unit == "s":
        return f"{value * 1e6:.0f} us" if value < 1e-3 else f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
    if unit == "bytes":
        return f"{value / 1e6:.1f} MB"
    return f"{value:.3g} {unit}"


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
