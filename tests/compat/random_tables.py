"""Random tables of everything that Lance stores: types nested in one another, nulls and empties at every level, sizes
around the borders of chunks and pages, metadata that steers the writers. A seed gives the same table every time.
"""
import dataclasses
import random

import numpy as np
import pyarrow as pa

SIZES = [0, 1, 2, 7, 8, 9, 63, 64, 65, 255, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097, 8191,
         8192, 8193]
SHAPES = ["wide", "narrow", "runs", "constant", "rising", "long"]
NULL_RATES = [0, 0, 0, 0.1, 0.5, 0.9, 1]
ZONES = [None, "UTC", "+02:00", "-11:30", "Europe/Berlin", "America/New_York"]
UNITS = ["s", "ms", "us", "ns"]
WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 20, 24, 31, 32, 33, 64, 100, 255, 256, 257, 300]
DIMENSIONS = [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64, 65, 128, 300]
LARGEST_COLUMN = 4 << 20  # bytes: more rows make columns narrower

INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
FLOATS = [pa.float16(), pa.float32(), pa.float64()]
TEXTS = [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()]
FIXED_TYPES = INTEGERS + FLOATS + [
    pa.bool_(), pa.decimal128(5, 2), pa.decimal128(38, 10), pa.decimal128(12, -3), pa.decimal256(60, 5),
    pa.decimal256(76, 0), pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"),
    pa.timestamp("s"), pa.timestamp("ms", "UTC"), pa.timestamp("us"), pa.timestamp("us", "UTC"),
    pa.timestamp("ns", "+02:00"), pa.timestamp("us", "Europe/Berlin"), pa.duration("s"), pa.duration("us"),
    pa.duration("ns"), pa.binary(7), pa.binary(16),
]
FLAT_TYPES = FIXED_TYPES + TEXTS + [
    pa.null(), pa.list_(pa.float32(), 3), pa.list_(pa.float32(), 128), pa.list_(pa.float64(), 8),
    pa.list_(pa.int8(), 16), pa.list_(pa.float16(), 4), pa.list_(pa.uint8(), 300),
]


@dataclasses.dataclass
class Case:
    """A table and how it is written."""
    seed: int
    version: str
    table: pa.Table
    rows_per_file: int
    skip: int  # rows at both ends of each batch that are sliced away; 0 = no slicing

    def rows(self):
        """What must come back."""
        if self.skip == 0:
            return self.table
        batches = [b.slice(min(self.skip, b.num_rows), max(b.num_rows - 2 * self.skip, 0)) for b in self.table.to_batches()]
        return pa.Table.from_batches(batches, self.table.schema)


# ---- types -------------------------------------------------------------------------------------

def flat_type(pick):
    roll = pick.random()
    if roll < 0.12:
        return pa.timestamp(pick.choice(UNITS), pick.choice(ZONES))
    if roll < 0.20:
        return pa.binary(pick.choice(WIDTHS))
    if roll < 0.24:
        precision = pick.randint(1, 38)
        return pa.decimal128(precision, pick.randint(0, precision))
    if roll < 0.45:
        return pick.choice(TEXTS)
    if roll < 0.50:
        return pick.choice([pa.string_view(), pa.binary_view()])
    if roll < 0.53:
        return pa.null()
    return pick.choice(FIXED_TYPES)


def vector_type(pick, most_items):
    """A fixed-size list of values of fixed width, perhaps of such lists, perhaps of bfloat16."""
    dimension = pick.choice([d for d in DIMENSIONS if d <= most_items] or [1])
    if pick.random() < 0.15 and dimension < most_items:
        return pa.list_(vector_type(pick, most_items // dimension), dimension)
    if pick.random() < 0.15:
        return pa.list_(pa.field("item", pa.binary(2), metadata={
            "ARROW:extension:name": "lance.bfloat16", "ARROW:extension:metadata": ""}), dimension)
    return pa.list_(pick.choice(FIXED_TYPES), dimension)


def dictionary_type(pick):
    values = pick.choice([pa.string(), pa.string(), pa.string(), pa.large_string(), pa.binary(), pa.large_binary(),
                          pa.int32(), pa.int64(), pa.uint8(), pa.float64(), pa.float16()])
    return pa.dictionary(pick.choice(INTEGERS), values, ordered=pick.random() < 0.2)


def extension_field(pick, name):
    """Types that travel as metadata over their storage; nobody has to know them."""
    kind, storage, about = pick.choice([
        ("arrow.uuid", pa.binary(16), ""),
        ("geoarrow.point", pa.struct([pa.field("x", pa.float64(), False), pa.field("y", pa.float64(), False)]),
         '{"crs": "EPSG:4326"}'),
        ("geoarrow.wkb", pa.binary(), '{"edges": "spherical"}'),
        ("test.opaque", pa.int64(), "\u00fcber \x01"),
        ("test.vector", pa.list_(pa.float32(), 4), ""),
    ])
    metadata = {"ARROW:extension:name": kind}
    if about or pick.random() < 0.5:
        metadata["ARROW:extension:metadata"] = about
    return pa.field(name, storage, metadata=metadata)


def struct_type(pick, version, depth, most_items):
    return pa.struct([field(pick, f"f{i}", version, depth - 1, most_items) for i in range(pick.randint(1, 3))])


def nested_type(pick, version, depth, most_items):
    roll = pick.random()
    if roll < 0.4:
        return struct_type(pick, version, depth, most_items)
    child = field(pick, "item", version, depth - 1, most_items // 2)
    if roll < 0.7:
        return pa.list_(child)
    if roll < 0.8 or version == "2.1":
        return pa.large_list(child)
    keys = pick.choice([pa.string(), pa.int32(), pa.int64(), pa.binary(4), pa.date32(), pa.bool_()])
    return pa.map_(pa.field("key", keys, False), child.with_name("value"))


def field(pick, name, version, depth, most_items):
    roll = pick.random()
    if depth > 0 and roll < 0.5:
        found = pa.field(name, nested_type(pick, version, depth, most_items))
    elif roll < 0.62:
        found = pa.field(name, vector_type(pick, most_items))
    elif roll < 0.72:
        found = pa.field(name, dictionary_type(pick))
    elif roll < 0.77:
        return extension_field(pick, name)
    else:
        found = pa.field(name, flat_type(pick))
    if pick.random() < 0.15 and found.type != pa.null():
        found = found.with_nullable(False)
    return found.with_metadata(field_metadata(pick, found.type))


def field_metadata(pick, kind):
    """Mostly none; else words of the user, or words for the writer."""
    out = {}
    if pick.random() < 0.1:
        out[pick.choice(["owner", "Einheit", "empty"])] = pick.choice(["", "m/s", "\u00e4\u00f6\u00fc \U0001f600"])
    if pa.types.is_nested(kind) and not pa.types.is_fixed_size_list(kind) or pick.random() < 0.7:
        return out or None
    for _ in range(pick.randint(1, 2)):
        key, values = pick.choice([
            ("compression", ["lz4", "zstd", "fsst", "none"]), ("compression-level", ["1", "3", "9"]),
            ("bss", ["on", "off", "auto"]), ("rle-threshold", ["0.0", "0.5", "1.0"]),
            ("dict-divisor", ["1", "2", "100"]), ("dict-size-ratio", ["0.1", "0.8", "1.0"]),
            ("dict-values-compression", ["lz4", "zstd", "none"]), ("structural-encoding", ["miniblock", "fullzip"]),
            ("minichunk-size", ["64", "128", "1024", "16384"]),
        ])
        out["lance-encoding:" + key] = pick.choice(values)
    return out


# ---- values ------------------------------------------------------------------------------------

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


def from_bytes(kind, raw, count):
    return pa.Array.from_buffers(kind, count, [None, pa.py_buffer(np.ascontiguousarray(raw).tobytes())])


def texts(rng, kind, count, shape):
    """Strings or bytes: few words, words with numbers, or random lengths, now and then very long ones."""
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if shape in ("wide", "long"):
        sizes = rng.integers(0, 60 if shape == "wide" else 400, count)
        if shape == "long" and count and count <= 1100:
            sizes[rng.integers(0, count, 2)] = [33_000, 70_000]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        data = rng.integers(32, 127, int(offsets[-1]), dtype=np.uint8) if is_text or shape == "long" else \
            rng.integers(0, 256, int(offsets[-1]), dtype=np.uint8)
        plain = pa.Array.from_buffers(pa.string() if is_text else pa.binary(), count,
                                      [None, pa.py_buffer(offsets), pa.py_buffer(data)])
        return plain.cast(kind)
    words = ["", "a", "lance", "\u00dcn\u00efcode", "the quick brown fox", "0123456789" * 3, "x" * 300, "\U0001f600"]
    if shape == "rising":
        found = [f"{words[i % 6]} number {i} of the table" for i in range(count)]
        return pa.array([t.encode() for t in found] if not is_text else found, kind)
    chosen = numbers(rng, count, shape) % len(words)
    return pa.array(words if is_text else [w.encode() for w in words], kind).take(pa.array(chosen))


def flat_values(rng, kind, count, shape):
    """`count` values of a type without children, none of them null."""
    if pa.types.is_null(kind):
        return pa.nulls(count)
    if kind in (pa.string_view(), pa.binary_view()):
        return texts(rng, pa.string() if kind == pa.string_view() else pa.binary(), count, shape).cast(kind)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind) \
            or pa.types.is_large_binary(kind):
        return texts(rng, kind, count, shape)
    ints = numbers(rng, count, shape)
    if pa.types.is_boolean(kind):
        return pa.array((ints & 1).astype(bool))
    if pa.types.is_floating(kind):
        with np.errstate(over="ignore", invalid="ignore"):
            floats = (ints / 7).astype(kind.to_pandas_dtype())
        if count > 8 and shape != "constant":
            floats[[1, 3, 5, 7]] = [np.nan, np.inf, -np.inf, -0.0]
        return pa.array(floats)
    if pa.types.is_decimal(kind):
        low = ints % 10 ** min(kind.precision, 18) * np.where(np.arange(count) % 2, 1, -1)
        words = [low] + [low >> 63] * (kind.bit_width // 64 - 1)
        if kind.precision > 36 and shape == "wide":
            words[1] = ints >> 9
            words[2:] = [ints >> 63] * len(words[2:])
        return from_bytes(kind, np.stack(words, 1).astype(np.int64), count)
    if pa.types.is_date64(kind):
        return from_bytes(kind, ints % 40000 * 86_400_000, count)
    if pa.types.is_time(kind):
        per_day = {"s": 86400, "ms": 86400 * 10**3, "us": 86400 * 10**6, "ns": 86400 * 10**9}[kind.unit]
        return from_bytes(kind, (ints % per_day).astype(np.int32 if pa.types.is_time32(kind) else np.int64), count)
    if pa.types.is_fixed_size_binary(kind):
        place = np.arange(kind.byte_width, dtype=np.int64)
        with np.errstate(over="ignore"):
            return from_bytes(kind, ((ints[:, None] * (2 * place + 1) + place) >> 3).astype(np.uint8), count)
    width = kind.bit_width // 8
    return from_bytes(kind, ints.astype(f"i{width}"), count)


def null_mask(rng, count, rate):
    if rate in (0, 1):
        return np.full(count, bool(rate))
    if rng.random() < 0.3:  # nulls in a row
        return np.repeat(rng.random(count // 40 + 1) < rate, 40)[:count]
    return rng.random(count) < rate


def with_nulls(array, mask):
    """The array with nulls where `mask` says so; what lay there stays below them."""
    if not mask.any() or pa.types.is_null(array.type):
        return array
    bits = pa.py_buffer(np.packbits(~mask, bitorder="little").tobytes())
    assert array.offset == 0
    buffers = array.buffers()
    if array.type in (pa.string_view(), pa.binary_view()):
        return pa.array([None if m else v for m, v in zip(mask, array.to_pylist())], array.type)
    return pa.Array.from_buffers(array.type, len(array), [bits, *buffers[1:]])


def list_offsets(rng, count):
    """Lists of a few lengths; all empty or all of one length at times."""
    most = 1 if count > 20_000 else 3 if count > 3000 else 8
    roll = rng.random()
    if roll < 0.1:
        lengths = np.zeros(count, np.int64)
    elif roll < 0.2:
        lengths = np.full(count, min(most, 2))
    else:
        lengths = rng.integers(0, most + 1, count)
        lengths[rng.random(count) < 0.3] = 0
    if count and count < 600 and rng.random() < 0.3:
        lengths[rng.integers(0, count)] = rng.integers(500, 5000)
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def dictionary_values(rng, kind, count, shape, rate, nullable):
    limit = 2 ** (kind.index_type.bit_width - (1 if pa.types.is_signed_integer(kind.index_type) else 0))
    num_items = int(min(limit, rng.choice([1, 2, 5, 100, 128, 256, 1000])))
    distinct = flat_values(rng, kind.value_type, num_items, "rising" if rng.random() < 0.7 else shape)
    if nullable and rng.random() < 0.2:
        distinct = with_nulls(distinct, null_mask(rng, num_items, 0.2))
    indices = pa.array((numbers(rng, count, shape) % num_items).astype(kind.index_type.to_pandas_dtype()))
    return pa.DictionaryArray.from_arrays(with_nulls(indices, null_mask(rng, count, rate)), distinct,
                                          ordered=kind.ordered)


def array(rng, wanted, count, shape, rate):
    """An array for a field: nulls at `rate`, at all levels where the type allows them."""
    kind = wanted.type
    rate = rate if wanted.nullable else 0
    below = rate if rng.random() < 0.5 else float(rng.choice([0, 0, 0.1, 0.5]))
    mask = null_mask(rng, count, rate)
    if pa.types.is_dictionary(kind):
        return dictionary_values(rng, kind, count, shape, rate, wanted.nullable)
    if pa.types.is_struct(kind):
        children = [array(rng, child, count, shape, below) for child in kind]
        return pa.Array.from_buffers(kind, count, [validity(mask)], children=children) if kind.num_fields else \
            pa.array([None if m else {} for m in mask], kind)
    if pa.types.is_fixed_size_list(kind):
        items = array(rng, kind.value_field, count * kind.list_size, shape, below)
        return pa.Array.from_buffers(kind, count, [validity(mask)], children=[items])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        offsets = list_offsets(rng, count)
        if rng.random() < 0.7:  # null lists are mostly empty, but need not be
            lengths = np.diff(offsets)
            lengths[mask] = 0
            offsets = np.concatenate([[0], np.cumsum(lengths)])
        child = pa.field("entries", pa.struct([kind.key_field, kind.item_field]), False) if pa.types.is_map(kind) else \
            kind.value_field
        items = array(rng, child, int(offsets[-1]), shape, below)
        raw = pa.py_buffer(offsets.astype(np.int64 if pa.types.is_large_list(kind) else np.int32).tobytes())
        return pa.Array.from_buffers(kind, count, [validity(mask), raw], children=[items])
    return with_nulls(flat_values(rng, kind, count, shape), mask)


def validity(mask):
    return pa.py_buffer(np.packbits(~mask, bitorder="little").tobytes()) if mask.any() else None


# ---- tables ------------------------------------------------------------------------------------

def table(seed, rows=None, types=None):
    """A reproducible random table of flat columns."""
    rng, pick = np.random.default_rng(seed), random.Random(seed)
    rows = pick.choice(SIZES) if rows is None else rows
    columns = {}
    for kind in types or pick.sample(FLAT_TYPES, 6):
        shape = pick.choice(SHAPES)
        name = f"c{len(columns)}_{kind}_{shape}".replace(".", "_").replace(" ", "")
        columns[name] = array(rng, pa.field(name, kind), rows, shape, pick.choice(NULL_RATES))
    return pa.table(columns)


def batches_of(pick, table):
    """The table in batches of random sizes."""
    out, begin = [], 0
    while begin < table.num_rows:
        size = table.num_rows if pick.random() < 0.4 else pick.choice([1, 7, 100, 1024, 3000])
        out += table.slice(begin, size).to_batches()
        begin += size
    return pa.Table.from_batches(out, table.schema)


def case(seed):
    """The case of a seed: one of both file versions, types nested up to four levels deep."""
    rng, pick = np.random.default_rng(seed), random.Random(seed)
    version = pick.choice(["2.1", "2.2"])
    rows = pick.choice(SIZES)
    most_items = max(LARGEST_COLUMN // 32 // max(rows, 1), 1)
    fields = []
    for i in range(pick.randint(1, 5)):
        name = f"c{i}" if pick.random() < 0.9 else f"c{i} \u00fc{'x' * 70}"
        fields.append(field(pick, name, version, pick.choice([0, 0, 1, 2, 3, 4]), most_items))
    metadata = {"made by": "random_tables", "": "empty key"} if pick.random() < 0.2 else None
    schema = pa.schema(fields, metadata)
    # Parts differ in shape, and have dictionaries of their own.
    sizes = [rows] if pick.random() < 0.6 else [rows // 3, rows - rows // 3]
    whole = pa.concat_tables([pa.Table.from_arrays([array(rng, f, size, pick.choice(SHAPES), pick.choice(NULL_RATES))
                                                    for f in fields], schema=schema) for size in sizes])
    skip = pick.choice([0, 0, 0, 1, 3, 8]) if rows > 20 else 0
    return Case(seed, version, batches_of(pick, whole), pick.choice([1 << 20, 1 << 20, 1000, 3000]), skip)
