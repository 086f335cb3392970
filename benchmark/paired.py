"""Paired timing: systems take turns in the same run; medians and their ratio are printed."""
import json
import pathlib
import random
import statistics
import subprocess


class Driver:
    """A system in a process of its own: one line asks, one line answers."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, line):
        """Return (seconds, rest of the answer as integers)."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] == "error":
            raise RuntimeError(f"{line[:100]}: {' '.join(answer[1:]) or 'the process ended'}")
        return float(answer[0]), [int(x) for x in answer[1:]]

    def peak_memory(self, line):
        """Bytes that the command needed at its peak beyond what the process held before it."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        def field(name):
            return next(int(row.split()[1]) * 1024 for row in status.read_text().splitlines() if row.startswith(name))
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # the peak starts here
        before = field("VmRSS:")
        self.ask(line)
        return max(0, field("VmHWM:") - before)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class Report:
    """Collects rows of medians; a ratio is the peer's time (or bytes) over ours: above 1 we win."""

    def __init__(self, title, peers):
        self.title, self.peers, self.rows = title, peers, []

    @staticmethod
    def measure(sides, rounds):
        """Medians of `sides`: {system: function -> seconds}; the order changes every round."""
        times = {system: [] for system in sides}
        for turn in range(rounds):
            order = list(sides)
            random.Random(turn).shuffle(order)
            for system in order:
                times[system].append(sides[system]())
        return {system: statistics.median(found) for system, found in times.items()}

    def run(self, name, sides, rounds):
        """Measure and add a row of seconds, after one turn that does not count."""
        self.measure(sides, 1)
        self.add(name, self.measure(sides, rounds), "s")

    def ratios(self, values):
        ours = values["ours"]
        return {peer: values[peer] / ours if ours else float("inf") for peer in self.peers if peer in values}

    def add(self, name, values, unit, note="", **more):
        """`more` goes into the saved row as it is."""
        if not self.rows:
            print(f"  {'':24} {'ours':>10}" + "".join(f" {peer:>14} ratio" for peer in self.peers))
        ratios = self.ratios(values)
        self.rows.append({"name": name, "unit": unit, "values": values, "ratios": ratios, "note": note, **more})
        cells = "".join(f" {show(values[peer], unit):>14} {short(ratios[peer]):>5}" if peer in values
                        else f" {'-':>14} {'-':>5}" for peer in self.peers)
        print(f"  {name:24} {show(values['ours'], unit):>10}{cells}  {note}", flush=True)

    def save(self, path):
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"title": self.title, "rows": self.rows}, indent=1) + "\n")
        worst = min((ratio, row["name"], peer) for row in self.rows for peer, ratio in row["ratios"].items())
        print(f"  worst ratio {worst[0]:.2f}: {worst[1]} against {worst[2]}; saved as {path}")
        return worst[0]


def short(ratio):
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}" if ratio < 1e5 else f"{ratio:.0e}"


def show(value, unit):
    if unit == "s":
        return f"{value * 1e6:.0f} us" if value < 1e-3 else f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
    if unit == "bytes":
        return f"{value / 1e6:.1f} MB"
    return f"{value:.3g} {unit}"
