"""Tables to measure with, made once and kept as Arrow files."""
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as pq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "data"))

from arrow_files import save
from real_data import as_stored, lineitem

THREE_COLUMNS = ["l_orderkey", "l_extendedprice", "l_shipdate"]


def of_lineitem(folder, size):
    return as_stored(lineitem(folder, size))


def comments(folder, size):
    return of_lineitem(folder, size).select(["l_comment"])


def vectors(folder, size):
    rows = int(300_000 * size)
    values = np.random.default_rng(1).standard_normal(rows * 768, dtype=np.float32)
    return pa.table({"vector": pa.FixedSizeListArray.from_arrays(pa.array(values), 768)})


def random_integers(folder, size):
    rows = int(20_000_000 * size)
    return pa.table({"value": np.random.default_rng(2).integers(-(1 << 63), (1 << 63) - 1, rows)})


def sequential_integers(folder, size):
    return pa.table({"value": np.arange(int(20_000_000 * size), dtype=np.int64)})


def blobs(folder, size):
    rows, length = int(20_000 * size), 20_000
    data = np.random.default_rng(3).bytes(rows * length)
    parts = [pa.array([data[i * length:(i + 1) * length] for i in range(at, min(at + 500, rows))], pa.binary())
             for at in range(0, rows, 500)]
    return pa.table({"blob": pa.chunked_array(parts, pa.binary())})


def words(rng, rows):
    """Text of a few words each, as a column of short descriptions has it."""
    vocabulary = pa.array([f"{a}{b}" for a in ("foxes", "deposits", "requests", "ideas", "platelets", "packages")
                           for b in ("", " sleep", " nag", " haggle quickly", " wake among the", " use")])
    first = vocabulary.take(pa.array(rng.integers(0, len(vocabulary), rows)))
    number = pa.array(rng.integers(0, 100_000, rows)).cast(pa.string())
    return compute.binary_join_element_wise(first, number, " ")


def lists_of_structs(folder, size):
    rng, rows = np.random.default_rng(4), int(1_000_000 * size)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(0, 9, rows))]).astype(np.int32)
    items = int(offsets[-1])
    structs = pa.StructArray.from_arrays(
        [pa.array(rng.integers(0, 1_000_000, items)), pa.array(np.round(rng.random(items) * 1000, 2)), words(rng, items)],
        names=["id", "price", "name"])
    return pa.table({"key": np.arange(rows), "items": pa.ListArray.from_arrays(pa.array(offsets), structs)})


def with_nulls(share):
    def make(folder, size):
        rng, rows = np.random.default_rng(5), int(4_000_000 * size)
        def holes():
            return pa.array(rng.random(rows) < share)
        def punched(values):
            return compute.if_else(holes(), pa.scalar(None, values.type), values)
        return pa.table({"integer": punched(pa.array(rng.integers(0, 1 << 40, rows))),
                         "real": punched(pa.array(rng.standard_normal(rows))),
                         "text": punched(words(rng, rows))})
    return make


DATA_SETS = {"lineitem": of_lineitem, "comments": comments, "vectors": vectors, "random": random_integers,
             "sequential": sequential_integers, "blobs": blobs, "lists": lists_of_structs,
             "nulls10": with_nulls(0.1), "nulls90": with_nulls(0.9)}


def arrow_file(folder, name, size):
    """Path of the data set as an Arrow file; `size` 1 is what docs/benchmarks.md speaks of."""
    path = pathlib.Path(folder) / "arrow" / f"{name}-{size:g}.arrow"
    if not path.exists():
        save(DATA_SETS[name](folder, size), path)
    return path


def vectors_parquet(folder, rows):
    """Vectors with an id, as a Parquet file for Spark to read."""
    path = pathlib.Path(folder) / f"vectors-{rows}.parquet"
    if not path.exists():
        table = vectors(folder, rows / 300_000)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table.add_column(0, "id", pa.array(range(table.num_rows), pa.int64())), path,
                       compression="none", use_dictionary=False)
    return path


def size_of(place):
    """Bytes of a file, or of all files below a folder."""
    place = pathlib.Path(place)
    return sum(p.stat().st_size for p in ([place] if place.is_file() else place.rglob("*")) if p.is_file())
