"""Writes tests/data/tiny: data files of a few kilobytes and one table, by the official library (pylance 14).

They are as different as small files can be: the tests of hostile bytes change every byte of each of them.
Run from the repository root with the environment's python: tests/data/make_tiny_files.py
"""
import pathlib
import shutil

import lance
import pyarrow as pa
from lance.file import LanceFileWriter

TINY = pathlib.Path(__file__).parent / "tiny"
ROWS = range(20)


def field(name, type, **options):
    metadata = {f"lance-encoding:{key.replace('_', '-')}": value for key, value in options.items()}
    return pa.field(name, type, metadata=metadata or None)


def some(values, every=4):
    """Every n-th value is null."""
    return [None if i % every == 3 else value for i, value in enumerate(values)]


def text(i):
    return f"http://www.example.com/{i % 7}/page"


def numbers():
    return [(field("i", pa.int32()), some(i * 3 - 7 for i in ROWS)), (field("b", pa.bool_()), some(i % 3 == 0 for i in ROWS)),
            (field("d", pa.float64()), [i / 4 for i in ROWS])]


def texts():
    return [(field("s", pa.string()), some("t" * (i % 5) for i in ROWS)),
            (field("l", pa.large_binary()), [b"x" * (i % 3) for i in ROWS])]


def lists():
    return [(field("n", pa.list_(pa.int32())), some([k if k else None for k in range(i % 4)] for i in ROWS)),
            (field("m", pa.list_(pa.list_(pa.string()))), some([["a"] * (i % 3), None] for i in ROWS))]


def structs():
    kind = pa.struct([("a", pa.int16()), ("c", pa.list_(pa.struct([("x", pa.string())])))])
    return [(field("s", kind), some({"a": i, "c": some([{"x": "y"}] * (i % 3), 2)} for i in ROWS))]


def vectors():
    return [(field("v", pa.list_(pa.float32(), 3)), some([i, None, i / 2] for i in ROWS)),
            (field("w", pa.list_(pa.list_(pa.int8(), 2), 2)), [[[i, 1], [2, 3]] for i in ROWS])]


def full_zip():
    zipped = {"structural_encoding": "fullzip"}
    return [(field("i", pa.int64(), **zipped), some(ROWS)), (field("s", pa.string(), **zipped), some(text(i) for i in ROWS)),
            (field("n", pa.list_(field("item", pa.int32(), **zipped)), **zipped), some([i] * (i % 3) for i in ROWS)),
            (field("v", pa.list_(pa.int16(), 2), **zipped), some([i, None] for i in ROWS))]


def compressed():
    return [(field("z", pa.string(), compression="zstd"), [text(i) for i in ROWS]),
            (field("l", pa.int64(), compression="lz4"), [i // 4 for i in ROWS]),
            (field("f", pa.string(), compression="zstd", structural_encoding="fullzip"), [text(i) for i in ROWS])]


def runs():
    return [(field("r", pa.int32(), rle_threshold="0.9"), [i // 100 for i in range(300)]),
            (field("t", pa.float32(), bss="on", compression="lz4"), [i / 8 for i in range(300)])]


def fsst():
    return [(field("s", pa.string(), compression="fsst"), [text(i) for i in range(60)])]


def dictionary():
    return [(field("s", pa.string(), dict_divisor="2"), [text(i % 3) * 3 for i in range(400)]),
            (field("k", pa.dictionary(pa.int8(), pa.string())), some("abc"[i % 3] for i in range(400)))]


def constant():
    return [(field("c", pa.int32()), [7] * len(ROWS)), (field("n", pa.string()), [None] * len(ROWS)),
            (field("l", pa.list_(pa.int32())), [None if i % 2 else [] for i in ROWS])]


def packed():
    kind = pa.struct([("a", pa.int16()), ("b", pa.float64())])
    return [(pa.field("p", kind, metadata={"packed": "true", "lance-encoding:packed": "true"}),
             [{"a": i, "b": i / 2} for i in ROWS])]


def maps():
    return [(field("m", pa.map_(pa.string(), pa.int32())), some([(f"k{k}", k) for k in range(i % 3)] for i in ROWS))]


def packed_text():
    kind = pa.struct([("a", pa.int16()), ("b", pa.string())])
    return [(pa.field("p", kind, metadata={"packed": "true", "lance-encoding:packed": "true"}),
             [{"a": i, "b": "x" * (i % 4)} for i in ROWS])]


def blobs():
    return [(field("b", pa.large_binary(), blob="true"), some(b"blob" * i for i in ROWS))]


FILES = {
    "2.0": [numbers, texts, lists, dictionary],
    "2.1": [numbers, texts, lists, structs, vectors, full_zip, compressed, runs, fsst, dictionary, constant, packed, blobs],
    "2.2": [numbers, lists, full_zip, compressed, runs, dictionary, constant, maps, packed_text],
}


def write_file(path, columns, version):
    schema = pa.schema([field for field, _ in columns])
    batch = pa.record_batch([pa.array(list(values), field.type) for field, values in columns], schema)
    with LanceFileWriter(str(path), schema, version=version) as writer:
        writer.write_batch(batch)


def write_table(path):
    """Two fragments with deletions of both kinds, a tag and stable row ids."""
    shutil.rmtree(path, ignore_errors=True)
    rows = pa.table({"id": pa.array(range(40), pa.int64()), "s": [f"t{i}" for i in range(40)]})
    table = lance.write_dataset(rows, path, max_rows_per_file=20, enable_stable_row_ids=True)
    table.delete("id in (3, 17)")
    # Many deleted rows of one fragment are kept as a bitmap.
    more = pa.table({"id": pa.array([100 + i // 5900 for i in range(6000)], pa.int64()), "s": pa.nulls(6000, pa.string())})
    table = lance.write_dataset(more, path, mode="append")
    table.delete("id = 100")
    table.tags.create("first", 1)


def main():
    shutil.rmtree(TINY, ignore_errors=True)
    TINY.mkdir()
    for version, makers in FILES.items():
        for maker in makers:
            write_file(TINY / f"{maker.__name__}_v{version.replace('.', '_')}.lance", maker(), version)
    write_table(TINY / "table.lance")


if __name__ == "__main__":
    main()
