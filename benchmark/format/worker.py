"""A peer in a process of its own, with the protocol of driver.cc: a line asks, a line "SECONDS NUMBER..." answers.

  worker.py pylance|pyarrow-zstd|pyarrow-snappy|duckdb-zstd|duckdb-snappy

Every peer runs at its defaults, with its own number of threads and size of batches.
"""
import os
import pathlib
import shutil
import sys
import time

os.environ.setdefault("LANCE_LOG", "error")

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from arrow_files import mapped


class Pylance:
    def __init__(self, _):
        import lance
        self.lance = lance

    def write(self, table, place):
        self.lance.write_dataset(table, place)

    def open(self, place):
        self.dataset = self.lance.dataset(place)

    def scan(self, columns):
        return self.dataset.scanner(columns=columns).to_batches()

    def where(self, columns, text):
        return self.dataset.scanner(columns=columns, filter=text).to_batches()

    def take(self, rows):
        return self.dataset.take(rows)


class PyarrowParquet:
    def __init__(self, compression):
        import pyarrow.dataset
        import pyarrow.parquet
        self.compression, self.parquet, self.datasets = compression, pyarrow.parquet, pyarrow.dataset

    def write(self, table, place):
        self.parquet.write_table(table, place, compression=self.compression)

    def open(self, place):
        self.file = self.parquet.ParquetFile(place)
        self.dataset = self.datasets.dataset(place)
        sizes = [self.file.metadata.row_group(i).num_rows for i in range(self.file.num_row_groups)]
        self.starts = np.concatenate([[0], np.cumsum(sizes)])

    def scan(self, columns):
        return self.dataset.to_batches(columns=columns)

    def take(self, rows):
        """Read the row groups that hold the rows, and pick."""
        groups = np.searchsorted(self.starts, rows, side="right") - 1
        wanted = np.unique(groups)
        kept = np.concatenate([[0], np.cumsum(self.starts[wanted + 1] - self.starts[wanted])])
        inside = rows - self.starts[groups] + kept[np.searchsorted(wanted, groups)]
        return self.file.read_row_groups([int(g) for g in wanted]).take(pa.array(inside))


class DuckdbParquet:
    def __init__(self, compression):
        import duckdb
        self.compression, self.duckdb = compression, duckdb
        self.connection = duckdb.connect()

    def write(self, table, place):
        self.connection.register("loaded", table)
        self.connection.execute(f"COPY loaded TO '{place}' (FORMAT parquet, COMPRESSION {self.compression})")

    def open(self, place):
        self.connection = self.duckdb.connect()  # it keeps bytes of files in memory
        self.place = place

    def scan(self, columns):
        names = ", ".join(f'"{c}"' for c in columns) if columns else "*"
        return self.connection.sql(f"SELECT {names} FROM '{self.place}'").to_arrow_reader()

    def take(self, rows):
        chosen = ", ".join(map(str, rows.tolist()))
        return self.connection.sql(f"SELECT * EXCLUDE file_row_number FROM read_parquet('{self.place}', "
                                   f"file_row_number = true) WHERE file_row_number IN ({chosen})").to_arrow_table()


PEERS = {"pylance": Pylance, "pyarrow": PyarrowParquet, "duckdb": DuckdbParquet}


def remove(place):
    path = pathlib.Path(place)
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def count_rows(batches):
    return sum(batch.num_rows for batch in batches)


class Worker:
    def __init__(self, name):
        peer, _, compression = name.partition("-")
        self.peer = PEERS[peer](compression)

    def timed(self, function, *arguments):
        start = time.perf_counter()
        result = function(*arguments)
        return time.perf_counter() - start, result

    def load(self, path):
        self.table = mapped(path)
        return 0, self.table.num_rows

    def write(self, place):
        remove(place)
        return self.timed(lambda: self.peer.write(self.table, place))[0], 0

    def open(self, place):
        return self.timed(lambda: self.peer.open(place))[0], 0

    def scan(self, columns="*"):
        wanted = None if columns == "*" else columns.split(",")
        return self.timed(lambda: count_rows(self.peer.scan(wanted)))

    def where(self, arguments):
        columns, text = arguments.split(" ", 1)
        wanted = None if columns == "*" else columns.split(",")
        return self.timed(lambda: count_rows(self.peer.where(wanted, text)))

    def take(self, rows):
        chosen = np.array(rows.split(","), dtype=np.int64)
        return self.timed(lambda: self.peer.take(chosen).num_rows)


def main():
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        command, *arguments = line.rstrip("\n").split(" ", 1)
        try:
            print(*getattr(worker, command)(*arguments), flush=True)
        except Exception as error:
            print("error", " ".join(f"{type(error).__name__}: {error}".split())[:300], flush=True)


if __name__ == "__main__":
    main()
