"""Random tables that file version 2.0 can hold: flat and nested columns, dictionaries, packed structs, compression."""
import random

import numpy as np
import pyarrow as pa

import random_tables

SIZES = [1, 2, 7, 8, 9, 99, 100, 101, 1023, 1024, 1025, 4095, 4097, 8191, 8193]
ITEM_TYPES = [pa.bool_(), pa.int8(), pa.int32(), pa.uint64(), pa.float16(), pa.float64(), pa.decimal128(9, 2),
              pa.date32(), pa.timestamp("us", "UTC"), pa.string(), pa.large_string(), pa.binary(), pa.binary(5),
              pa.list_(pa.float32(), 3), pa.null()]
SHAPES = ["wide", "narrow", "runs", "constant", "rising"]
NULL_RATES = [0, 0, 0.1, 0.5, 0.97, 1]


def column(rng, kind, count, shape, null_rate):
    return random_tables.array(rng, pa.field("column", kind), count, shape, null_rate)


def flat(rng, pick, count):
    """A column of a random flat type; of text half the time, because its encodings are the most."""
    kind = pick.choice([pa.string(), pa.binary(), pa.large_string(), pa.large_binary()]) if pick.random() < 0.3 \
        else pick.choice(random_tables.FLAT_TYPES)
    return column(rng, kind, count, pick.choice(SHAPES), pick.choice(NULL_RATES))


def small(rng, pick, count):
    return column(rng, pick.choice(ITEM_TYPES), count, pick.choice(SHAPES), pick.choice(NULL_RATES))


def lists(rng, pick, count, items, depth):
    """Lists of up to `depth` more lists, with nulls and empty ones; long ones now and then."""
    lengths = rng.integers(0, pick.choice([1, 2, 4, 9]), count)
    if count and pick.random() < 0.3:
        lengths[rng.integers(0, count)] += pick.choice([100, 1025])
    nulls = rng.random(count) < pick.choice(NULL_RATES)
    lengths[nulls] = 0
    ends = np.concatenate([[0], np.cumsum(lengths)])
    inner = nested(rng, pick, int(ends[-1]), items, depth)
    large = pick.random() < 0.3
    kind = pa.large_list(pa.field("item", inner.type)) if large else pa.list_(pa.field("item", inner.type))
    made = pa.LargeListArray if large else pa.ListArray
    offsets = pa.array(ends, pa.int64() if large else pa.int32())
    return made.from_arrays(offsets, inner, type=kind, mask=pa.array(nulls) if nulls.any() else None)


def structs(rng, pick, count, items, depth):
    children = [nested(rng, pick, count, items, depth) for _ in range(pick.choice([1, 2, 3]))]
    return pa.StructArray.from_arrays(children, names=[f"f{i}" for i in range(len(children))])


def dictionary(rng, pick, count):
    values = column(rng, pick.choice([pa.string(), pa.int64(), pa.binary(), pa.float32()]),
                                 pick.choice([1, 3, 90]), "rising", pick.choice([0, 0, 0.2]))
    keys = rng.integers(0, len(values), count)
    mask = rng.random(count) < pick.choice(NULL_RATES)
    kind = pick.choice([pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.int64()])
    return pa.DictionaryArray.from_arrays(pa.array(keys, kind, mask=mask), values)


def nested(rng, pick, count, items, depth):
    if depth == 0:
        return items(rng, pick, count)
    return pick.choice([lists, lists, structs])(rng, pick, count, items, depth - 1)


def vectors(rng, pick, count):
    """Fixed-size lists whose items may be null, and lists of those."""
    if pick.random() < 0.2:
        return pa.FixedSizeListArray.from_arrays(vectors(rng, pick, 2 * count), 2)
    kind = pick.choice([pa.int32(), pa.bool_(), pa.float64(), pa.binary(3)])
    size = pick.choice([1, 3, 8])
    items = column(rng, kind, count * size, pick.choice(SHAPES), pick.choice([0, 0.3, 1]))
    mask = rng.random(count) < pick.choice([0, 0.2])
    return pa.FixedSizeListArray.from_arrays(items, size, mask=pa.array(mask) if mask.any() else None)


def packed_child(rng, kind, count, shape):
    """A column without nulls, inside of lists either."""
    if not pa.types.is_fixed_size_list(kind):
        return column(rng, kind, count, shape, 0)
    items = column(rng, kind.value_type, count * kind.list_size, shape, 0)
    return pa.FixedSizeListArray.from_arrays(items, kind.list_size)


def packed(rng, pick, count):
    kinds = pick.sample([pa.int8(), pa.uint16(), pa.int32(), pa.float64(), pa.timestamp("us"), pa.decimal128(9, 2),
                         pa.binary(3), pa.list_(pa.int16(), 3)], pick.choice([1, 2, 4]))
    children = [packed_child(rng, kind, count, pick.choice(SHAPES)) for kind in kinds]
    return pa.StructArray.from_arrays(children, names=[f"f{i}" for i in range(len(children))])


def texts(rng, pick, count):
    """Text for FSST, on which the official writer fails when a page is all null or gets a dictionary."""
    return column(rng, pa.string(), count, pick.choice(["wide", "rising"]), 0)


MAKERS = {
    "flat": flat, "more": flat, "dictionary": dictionary, "packed": packed, "fsst": texts, "vector": vectors,
    "list": lambda rng, pick, count: lists(rng, pick, count, small, pick.choice([0, 0, 1, 2])),
    "listdict": lambda rng, pick, count: lists(rng, pick, count, dictionary, 0),
    "listvector": lambda rng, pick, count: lists(rng, pick, count, vectors, 0),
    "struct": lambda rng, pick, count: structs(rng, pick, count, small, pick.choice([0, 1, 2])),
}


def table(seed):
    """A reproducible table of several columns of several kinds."""
    rng, pick = np.random.default_rng(seed), random.Random(seed)
    rows = pick.choice(SIZES)
    fields, columns = [], []
    for kind in pick.choices(list(MAKERS), k=5):
        column = MAKERS[kind](rng, pick, rows)
        metadata = {}
        if kind == "fsst":
            metadata = {"lance-encoding:compression": "fsst"}
        elif kind == "packed":
            metadata = {pick.choice(["packed", "lance-encoding:packed"]): "true"}
        elif pick.random() < 0.4:
            metadata = {"lance-encoding:compression": pick.choice(["lz4", "zstd", "none"])}
        fields.append(pa.field(f"c{len(fields)}_{kind}", column.type, metadata=metadata or None))
        columns.append(column)
    return pa.table(columns, schema=pa.schema(fields))

