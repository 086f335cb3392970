"""Random tables of all types that both sides know, with sizes around the borders of chunks and pages."""
import datetime
import decimal
import random

import numpy as np
import pyarrow as pa

SIZES = [0, 1, 2, 7, 8, 9, 255, 1023, 1024, 1025, 2047, 2049, 4095, 4096, 4097, 9001]

FLAT_TYPES = [
    pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
    pa.float16(), pa.float32(), pa.float64(), pa.decimal128(5, 2), pa.decimal128(38, 10), pa.decimal256(60, 5),
    pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"),
    pa.timestamp("s"), pa.timestamp("ms", "UTC"), pa.timestamp("us"), pa.timestamp("us", "UTC"),
    pa.timestamp("ns", "+02:00"), pa.timestamp("us", "Europe/Berlin"), pa.duration("us"), pa.duration("ns"),
    pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.binary(7), pa.null(),
    pa.list_(pa.float32(), 3), pa.list_(pa.float32(), 128), pa.list_(pa.float64(), 8), pa.list_(pa.int8(), 16),
    pa.list_(pa.float16(), 4), pa.list_(pa.uint8(), 300),
]


def numbers(rng, count, shape):
    """Integers of a shape that leads to another encoding each."""
    if shape == "wide":
        return rng.integers(-(2**63), 2**63 - 1, count, dtype=np.int64)
    if shape == "narrow":
        return rng.integers(0, 200, count, dtype=np.int64)
    if shape == "runs":
        return np.repeat(rng.integers(0, 1000, count // 50 + 1), 50)[:count]
    if shape == "constant":
        return np.full(count, 42)
    return np.arange(count, dtype=np.int64)


def texts(rng, count, shape):
    words = ["", "a", "lance", "Ünïcode", "the quick brown fox", "0123456789" * 3, "x" * 300, "\U0001f600"]
    if shape == "constant":
        return ["same"] * count
    if shape == "narrow":
        return [words[i] for i in rng.integers(0, 5, count)]
    if shape == "wide":
        return ["v" * int(n) + str(i) for i, n in enumerate(rng.integers(0, 600, count))]
    return [f"{words[int(k)]} number {i} of the table" for i, k in enumerate(rng.integers(0, 6, count))]


def values(rng, kind, count, shape):
    """`count` Python or NumPy values of Arrow type `kind`, without nulls."""
    ints = numbers(rng, count, shape)
    if pa.types.is_boolean(kind):
        return (ints & 1).astype(bool)
    if pa.types.is_integer(kind):
        return ints.astype(kind.to_pandas_dtype())
    if pa.types.is_floating(kind):
        floats = (ints / 7).astype(kind.to_pandas_dtype())
        if count > 8:
            floats[[1, 3, 5, 7]] = [np.nan, np.inf, -np.inf, -0.0]
        return floats
    if pa.types.is_decimal(kind):
        top = 10 ** min(kind.precision, 18) - 1
        return [decimal.Decimal(int(i) % top).scaleb(-kind.scale) * (1 if i % 2 else -1) for i in ints]
    if pa.types.is_date(kind):
        return [datetime.date(1970, 1, 1) + datetime.timedelta(days=int(i) % 40000 - 9000) for i in ints]
    if pa.types.is_time(kind):
        per_day = {"s": 86400, "ms": 86400 * 10**3, "us": 86400 * 10**6, "ns": 86400 * 10**9}[kind.unit]
        return pa.array(ints % per_day, pa.int32() if pa.types.is_time32(kind) else pa.int64()).view(kind)
    if pa.types.is_temporal(kind):
        return pa.array(ints // 1024, pa.int64()).view(kind)
    if pa.types.is_fixed_size_binary(kind):
        return [bytes((int(i) >> s) & 255 for s in range(0, 8 * kind.byte_width, 8)) for i in ints % 2**62]
    text = texts(rng, count, shape)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [t.encode() for t in text]
    return text


def array(rng, kind, count, shape, null_rate):
    mask = rng.random(count) < null_rate
    if pa.types.is_null(kind):
        return pa.nulls(count)
    if pa.types.is_fixed_size_list(kind):
        items = array(rng, kind.value_type, count * kind.list_size, shape, 0)
        return pa.FixedSizeListArray.from_arrays(items, type=kind, mask=pa.array(mask) if null_rate else None)
    found = values(rng, kind, count, shape)
    if isinstance(found, pa.Array):
        return pa.array([None if m else v for m, v in zip(mask, found)], kind) \
            if null_rate else found
    if isinstance(found, np.ndarray):
        return pa.array(found, kind, mask=mask if null_rate else None)
    return pa.array([None if m else v for m, v in zip(mask, found)], kind)


def table(seed, rows=None, types=None):
    """A reproducible random table: half a dozen columns of random types, shapes and null rates."""
    rng, pick = np.random.default_rng(seed), random.Random(seed)
    rows = pick.choice(SIZES) if rows is None else rows
    columns = {}
    for kind in types or pick.sample(FLAT_TYPES, 6):
        shape = pick.choice(["wide", "narrow", "runs", "constant", "rising"])
        null_rate = pick.choice([0, 0, 0.1, 0.9, 1])
        columns[f"c{len(columns)}_{kind}_{shape}".replace(".", "_").replace(" ", "")] = \
            array(rng, kind, rows, shape, null_rate)
    return pa.table(columns)
