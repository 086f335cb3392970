"""Writes the golden files of reader_test.cc with the official library (pylance 14).

Every value follows a formula of its row number, which the test repeats.
Run from this folder: python make_golden.py
"""
from decimal import Decimal

import pyarrow as pa
from lance.file import LanceFileWriter

NUM_ROWS = 24


def integers(i):
    return None if i % 5 == 2 else i * 3 - 7


def words(i):
    return None if i % 7 == 3 else "w" * (i % 4) + str(i)


def lists(i):
    if i % 6 == 1:
        return None
    return [None if (i + k) % 5 == 4 else i * 10 + k for k in range(i % 4)]


def structs(i, version):
    if i % 8 == 5 and version != "2.0":  # which has no null structs
        return None
    tags = None if i % 3 == 0 else ["t%d" % k for k in range(i % 3 - 1)]
    return {"a": None if i % 4 == 3 else i, "tags": tags}


def vectors(i):
    if i % 9 == 4:
        return None
    return [None if (i + k) % 6 == 5 else i + k / 4 for k in range(2)]


def blobs(i):
    return bytes([65 + i]) * 300 if i % 8 == 0 else None


def columns(version):
    rows = range(NUM_ROWS)
    struct = pa.struct([("a", pa.int16()), ("tags", pa.list_(pa.string()))])
    color = pa.dictionary(pa.int8(), pa.string())
    return {
        "id": pa.array([i * i for i in rows], pa.int64()),
        "integers": pa.array([integers(i) for i in rows], pa.int32()),
        "flags": pa.array([None if i % 11 == 10 else i % 3 == 0 for i in rows], pa.bool_()),
        "words": pa.array([words(i) for i in rows], pa.string()),
        "prices": pa.array([Decimal(i) / 4 for i in rows], pa.decimal128(9, 2)),
        "same": pa.array([42] * NUM_ROWS, pa.int32()),
        "nothing": pa.array([None] * NUM_ROWS, pa.float64()),
        "lists": pa.array([lists(i) for i in rows], pa.large_list(pa.int32())),
        "structs": pa.array([structs(i, version) for i in rows], struct),
        "vectors": pa.array([vectors(i) for i in rows], pa.list_(pa.float32(), 2)),
        "blobs": pa.array([blobs(i) for i in rows], pa.binary()),
        "colors": pa.array([["red", "green", "blue"][i % 3] for i in rows]).cast(color),
    }


def main():
    for version in ("2.0", "2.1", "2.2"):
        table = pa.table(columns(version))
        path = "golden_v%s.lance" % version.replace(".", "_")
        with LanceFileWriter(path, table.schema, version=version) as writer:
            for batch in table.to_batches(max_chunksize=NUM_ROWS):
                writer.write_batch(batch)


if __name__ == "__main__":
    main()
