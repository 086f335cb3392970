"""Tables cross the border between this library and the official one, many per process.

  exchange.py SEED...    check the random tables of these seeds, and keep their files
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

if __name__ == "__main__":
    os.environ.setdefault("LANCE_LOG", "error")
    sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import lance
import pyarrow as pa

import limits
import random_tables
from cli_tool import read_ipc
from same import difference


class Refused(Exception):
    """Our side answered with an error."""


class Exchange:
    """Our side: the driver of exchange.cc, one process for many tables."""

    def __init__(self, path):
        self.path = str(path)
        self.process = None

    def ask(self, *words):
        if self.process is None:
            self.process = subprocess.Popen([self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.process.stdin.write("\t".join(map(str, words)) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            code, self.process = self.process.wait(), None
            raise Refused(f"our process ended with {code} at {words}")
        if answer.strip() != "ok":
            raise Refused(answer.strip())

    def write(self, place, table, version, mode="create", rows_per_file=1 << 20, skip=0):
        source = f"{place}.in.arrow"
        with pa.ipc.new_stream(source, table.schema) as sink:
            sink.write_table(table)
        self.ask("write", place, source, version, mode, rows_per_file, skip)

    def read(self, place):
        self.ask("read", place, f"{place}.out.arrow")
        return read_ipc(f"{place}.out.arrow")

    def take(self, place, rows):
        self.ask("take", place, ",".join(map(str, rows)), f"{place}.out.arrow")
        return read_ipc(f"{place}.out.arrow")


def pick_rows(table, rows):
    return pa.concat_tables([table.slice(row, 1) for row in rows])


def contiguous(table):
    """The same batches without offsets: the official writer fails on some sliced structs."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    options = pa.ipc.IpcReadOptions(ensure_alignment=pa.ipc.Alignment.At64Byte)
    return pa.ipc.open_stream(sink.getvalue(), options=options).read_all()


def check(seed, exchange, folder):
    """Write the table of `seed` with both libraries and read both with both; return what is wrong, or None."""
    case = random_tables.case(seed)
    want = case.rows()
    rows = random.Random(seed).choices(range(want.num_rows), k=5) if want.num_rows else []
    ours, theirs = folder / f"{seed}.ours", folder / f"{seed}.theirs"
    try:
        exchange.write(ours, case.table, case.version, rows_per_file=case.rows_per_file, skip=case.skip)
        why = we_read(exchange, ours, want, rows, "ours") or they_read(ours, want, rows, "ours")
        if not why and they_write(case, want, theirs):
            why = they_read(theirs, want, rows, "theirs") or we_read(exchange, theirs, want, rows, "theirs") \
                or same_schemas(exchange, ours, theirs)
        return why
    except Refused as refused:
        return str(refused)


def pick_rows(table, rows):
    return pa.concat_tables([table.slice(row, 1) for row in rows])


def we_read(exchange, place, want, rows, whose):
    why = difference(exchange.read(place), want)
    if why:
        return f"we read {whose}: {why}"
    why = rows and difference(exchange.take(place, rows), pick_rows(want, rows))
    return f"we take rows {rows} of {whose}: {why}" if why else None


def they_read(place, want, rows, whose):
    dataset = lance.dataset(str(place))
    reads = [("read", dataset.to_table, want)]
    if rows:
        reads.append((f"take rows {rows} of", lambda: dataset.take(rows), pick_rows(want, rows)))
    for what, read, wanted in reads:
        got = official(read)
        if isinstance(got, str) and limits.why_not(limits.CANNOT_READ, got):
            continue
        why = got if isinstance(got, str) else difference(got, wanted)
        if why:
            return f"they {what} {whose}: {why[:600]}"
    return None


def they_write(case, want, place):
    """Whether the official library can write the table so that it can be read; raises when it fails in a way that is not known."""
    got = official(lambda: lance.write_dataset(contiguous(want), str(place), data_storage_version=case.version,
                                               max_rows_per_file=case.rows_per_file))
    if isinstance(got, str) and not limits.why_not(limits.CANNOT_WRITE, got):
        raise Refused(f"they cannot write: {got}")
    if isinstance(got, str):
        return False
    back = official(lambda: lance.dataset(str(place)).to_table())
    return not (isinstance(back, str) and limits.why_not(limits.WRITES_CORRUPT, back))


def official(act):
    """What `act` returns, or its error as text; a panic of the official library is no Exception."""
    try:
        return act()
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return f"{type(error).__name__}: {error}"


def same_schemas(exchange, ours, theirs):
    """Types, names, nullability and metadata are the same whoever writes and whoever reads."""
    wanted = lance.dataset(str(theirs)).schema
    for what, got in [("written by us, read by them", lance.dataset(str(ours)).schema),
                      ("written by them, read by us", exchange.read(theirs).schema)]:
        if not got.equals(wanted, check_metadata=True):
            return f"{what}:\n{got}\ninstead of\n{wanted}"
    return None


def check_seeds(seeds, path, folder, keep=False):
    """Check many seeds with one process of ours; return (seed, what is wrong) of those that fail."""
    exchange = Exchange(path)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for seed in seeds:
        found.append((seed, check(seed, exchange, folder)))
        for path in [] if keep else folder.glob(f"{seed}.*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return [(seed, why) for seed, why in found if why]


def main(seeds):
    folder = tempfile.mkdtemp(prefix="exchange-")
    path = subprocess.run(["./dev", "which", "exchange"], capture_output=True, text=True, check=True).stdout.strip()
    for seed in seeds:
        print(random_tables.case(seed).table.schema)
    wrong = check_seeds(seeds, path, folder, keep=True)
    for seed, why in wrong:
        print(f"seed {seed}: {why}")
    print(f"{len(seeds)} tables, {len(wrong)} wrong; their files are in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main([int(seed) for seed in sys.argv[1:]]))
