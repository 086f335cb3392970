#!/usr/bin/env python3
"""How fast does every codec encode and decode, in GB/s of Arrow data a core, with and without the CPU's newer registers?

  codecs.py --binary build/release/lance_encoding_benchmark [--seconds 0.2] [--filter REGEX] [--json FILE]

One table over the registry of codecs: "portable" is x86-64-v2 (LANCE_CPU=portable), "chosen" what this CPU gets. Both
take turns. Sizes are encoded bytes over plain bytes; "zstd" is the same with general compression around it.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess

VARIANTS = ("portable", "chosen")


def measure(binary, variant, args):
    environment = dict(os.environ)
    environment.pop("LANCE_CPU", None)
    if variant == "portable":
        environment["LANCE_CPU"] = "portable"
    done = subprocess.run([str(binary), "--benchmark_format=json", f"--benchmark_min_time={args.seconds}",
                           f"--benchmark_filter={args.filter}"], env=environment, capture_output=True, text=True, check=True)
    return {b["name"]: b for b in json.loads(done.stdout)["benchmarks"] if not b.get("error_occurred")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--filter", default="memcpy|^decode|^encode")
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("build/benchmark/codecs.json"))
    parser.add_argument("--quick", action="store_true", help="one short turn")
    args = parser.parse_args()
    if args.quick:
        args.seconds, args.turns = 0.02, 1
    runs = {variant: [] for variant in VARIANTS}
    for turn in range(args.turns):
        for variant in VARIANTS if turn % 2 else reversed(VARIANTS):
            runs[variant].append(measure(args.binary.resolve(), variant, args))
    def rate(name, variant):
        found = [run[name]["bytes_per_second"] for run in runs[variant] if name in run]
        return statistics.median(found) / 1e9 if found else None
    rows = []
    for name, first in runs["chosen"][0].items():
        what, _, workload = name.partition("/")
        rates = {variant: rate(name, variant) for variant in VARIANTS}
        rows.append({"what": what, "workload": workload, "ratio": first.get("ratio"), "gb_per_s": rates})
    print(f"memcpy {rate('memcpy', 'chosen') or 0:.1f} GB/s")
    print(f"{'codec / type / values':46} {'size':>5}" + "".join(
        f" | {what:>11} chosen ratio" for what in ("decode", "encode", "decode zstd")))
    by_workload = {}
    for row in rows:
        by_workload.setdefault(row["workload"], {})[row["what"]] = row
    for workload, found in by_workload.items():
        if "decode" not in found:
            continue
        cells = ""
        for what in ("decode", "encode", "decode zstd"):
            rates = found[what]["gb_per_s"] if what in found else {v: None for v in VARIANTS}
            known = all(rates.values())
            cells += (f" | {rates['portable']:11.2f} {rates['chosen']:6.2f} {rates['chosen'] / rates['portable']:5.2f}"
                      if known else f" | {'-':>11} {'-':>6} {'-':>5}")
        print(f"{workload:46} {found['decode']['ratio']:5.2f}{cells}")
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps({"title": "codecs", "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
