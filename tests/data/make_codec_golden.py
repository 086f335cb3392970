"""Writes lance/encoding/codec/*/golden.bin: parts of pages that the official library (pylance 14) wrote, with their values.

Run from the repository root with the environment's python: tests/data/make_codec_golden.py
A file is a list of cases, each behind its length as u32, all little-endian:

  [context u8: 0 mini-block, 1 block, 2 per value][minor version u8][name: u8 length, text]
  [type: variable u8, bits u32, number of list layers u8, dimension u32 of each][number of values u32]
  [CompressiveEncoding: u32 length, message][number of buffers u8][u32 length, bytes of each]
  [values: u32 length, bytes][number of offsets u32][offset u64 each][item validity: a u8 flag per layer, u32 length, bits]

The values are what was given to the writer, laid out as Arrow does; a fixed-size list is one wide value.
"""
import pathlib
import random
import struct
import tempfile

import pyarrow as pa
from lance.file import LanceFileWriter

CODECS = pathlib.Path(__file__).parents[2] / "lance" / "encoding" / "codec"
MINI_BLOCK, BLOCK, PER_VALUE = 0, 1, 2


# ---- what is in a file ---------------------------------------------------------------------------

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def message(data):
    """Fields of a protobuf message: number -> list of integers or bytes."""
    fields, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            assert key & 7 == 2, "only integers and bytes"
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        fields.setdefault(key >> 3, []).append(value)
    return fields


def packed(values):
    out = []
    for value in values:
        at = 0
        while isinstance(value, bytes) and at < len(value):
            number, at = varint(value, at)
            out.append(number)
        if isinstance(value, int):
            out.append(value)
    return out


def write_page(field, values, version):
    """Write one column; return (layout message, buffers of its first page)."""
    schema = pa.schema([field])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "file.lance"
        with LanceFileWriter(str(path), schema, version=version) as writer:
            writer.write_batch(pa.record_batch([values], schema))
        data = path.read_bytes()
    table = struct.unpack_from("<Q", data, len(data) - 32)[0]
    offset, length = struct.unpack_from("<QQ", data, table)
    page = message(message(data[offset:offset + length])[2][0])
    any_message = message(message(message(page[4][0])[2][0])[1][0])
    layout = message(any_message[2][0])
    places = zip(packed(page[1]), packed(page[2]))
    return layout, [data[start:start + size] for start, size in places]


def align(at):
    return (at + 7) // 8 * 8


def first_chunk(layout, buffers, large):
    """Number of items, levels and buffers of the first chunk of a mini-block page."""
    mini = message(layout[1][0])
    words, data = buffers[0], buffers[1]
    word, = struct.unpack_from("<I" if large else "<H", words)
    num_chunks = len(words) // (4 if large else 2)
    num_items = mini[9][0] if num_chunks == 1 else 1 << (word & 15)
    assert num_chunks == 1 or word & 15
    chunk = data[:((word >> 4) + 1) * 8]
    num_levels, = struct.unpack_from("<H", chunk)
    at, levels = 2, {}
    for kind in (1, 2):  # repetition, definition
        if kind in mini:
            levels[kind], = struct.unpack_from("<H", chunk, at)
            at += 2
    width = 4 if large else 2
    sizes = [int.from_bytes(chunk[at + i * width:at + (i + 1) * width], "little") for i in range(mini[7][0])]
    at = align(at + width * len(sizes))
    parts = []
    for size in [*levels.values(), *sizes]:
        parts.append(chunk[at:at + size])
        at = align(at + size)
    return mini, num_items, num_levels, dict(zip(levels, parts)), parts[len(levels):]


# ---- cases ---------------------------------------------------------------------------------------

def text(data):
    return struct.pack("<I", len(data)) + data


def case(context, version, name, type, count, encoding, buffers, values, offsets=(), validity=()):
    variable, bits, dimensions = type
    out = struct.pack("<BBB", context, int(version[2]), len(name)) + name.encode()
    out += struct.pack("<BIB", variable, bits, len(dimensions)) + b"".join(struct.pack("<I", d) for d in dimensions)
    out += struct.pack("<I", count) + text(encoding)
    out += struct.pack("<B", len(buffers)) + b"".join(text(buffer) for buffer in buffers)
    out += text(values) + struct.pack("<I", len(offsets)) + b"".join(struct.pack("<Q", o) for o in offsets)
    for bits in validity or [None] * len(dimensions):
        out += struct.pack("<B", bits is not None) + (text(bits) if bits is not None else b"")
    return text(out)


def value_type(type):
    if pa.types.is_fixed_size_list(type):
        _, bits, dimensions = value_type(type.value_type)
        return 0, bits * type.list_size, [type.list_size, *dimensions]
    if pa.types.is_string(type) or pa.types.is_binary(type):
        return 1, 32, []
    if pa.types.is_large_string(type) or pa.types.is_large_binary(type):
        return 1, 64, []
    if pa.types.is_struct(type):
        return 0, sum(child.type.bit_width for child in type), []
    return 0, type.bit_width, []


def bits_of(flags):
    out = bytearray((len(flags) + 7) // 8)
    for i, flag in enumerate(flags):
        out[i // 8] |= bool(flag) << i % 8
    return bytes(out)


def expected(values):
    """Bytes, offsets and item validity of an array without nulls at the top."""
    values = pa.concat_arrays([values])
    if pa.types.is_fixed_size_list(values.type):
        items = values.flatten()
        bits = bits_of([v.is_valid for v in items]) if items.null_count else None
        filled = items.fill_null(0) if not pa.types.is_fixed_size_list(items.type) else items
        data, _, inner = expected(filled)
        return data, (), [bits, *inner]
    if pa.types.is_struct(values.type):
        columns = [[struct.pack(FORMATS[child.type], row[child.name]) for row in values.to_pylist()] for child in values.type]
        return b"".join(b"".join(row) for row in zip(*columns)), (), []
    if pa.types.is_boolean(values.type):
        return bits_of(values.to_pylist()), (), []
    if value_type(values.type)[0]:
        parts = [v.encode() if isinstance(v, str) else v for v in values.to_pylist()]
        offsets = [sum(map(len, parts[:i])) for i in range(len(parts) + 1)]
        return b"".join(parts), offsets, []
    width = values.type.bit_width // 8
    return values.buffers()[1].to_pybytes()[:len(values) * width], (), []


FORMATS = {pa.int16(): "<h", pa.int32(): "<i", pa.float64(): "<d", pa.int64(): "<q"}


def field(type, **options):
    metadata = {f"lance-encoding:{key.replace('_', '-')}": value for key, value in options.items()}
    return pa.field("x", type, False, metadata=metadata or None)


def mini_block(name, field, values, version="2.1"):
    array = pa.array(values, field.type)
    layout, buffers = write_page(field, array, version)
    mini, num_items, _, _, parts = first_chunk(layout, buffers, version != "2.1")
    data, offsets, validity = expected(array[:num_items])
    return case(MINI_BLOCK, version, name, value_type(field.type), num_items, mini[3][0], parts, data, offsets, validity)


def per_value(name, field, values, version="2.1", row=None):
    """The first value of a full-zip page without control words; `row` is what a packed row must be."""
    array = pa.array(values, field.type)
    layout, buffers = write_page(field, array, version)
    zipped = message(layout[3][0])
    at, size = 0, zipped.get(3, [0])[0] // 8
    if 4 in zipped:
        at = zipped[4][0] // 8
        size = int.from_bytes(buffers[0][:at], "little")
    data, offsets, validity = (row, (0, len(row)), []) if row else expected(array[:1])
    type = (1, 32, []) if row else value_type(field.type)
    return case(PER_VALUE, version, name, type, 1, zipped[7][0], [buffers[0][at:at + size]], data, offsets, validity)


def definition_levels(name, valid, version):
    """The levels of the first chunk of a column with nulls."""
    column = pa.field("x", pa.int32())
    layout, buffers = write_page(column, pa.array([i if v else None for i, v in enumerate(valid)], pa.int32()), version)
    mini, _, num_levels, levels, _ = first_chunk(layout, buffers, version != "2.1")
    data = b"".join(struct.pack("<H", not v) for v in valid[:num_levels])
    return case(BLOCK, version, name, (0, 16, []), num_levels, mini[2][0], [levels[2]], data)


def dictionary_items(name, values, version="2.1"):
    """The dictionary of a column of few different texts."""
    array = pa.array(values)
    layout, buffers = write_page(pa.field("x", array.type, False), array, version)
    mini = message(layout[1][0])
    data, offsets, _ = expected(pa.array(list(dict.fromkeys(values)), array.type))
    return case(BLOCK, version, name, value_type(array.type), mini[5][0], mini[4][0], [buffers[2]], data, offsets)


def repetition_levels(name, lists, version):
    column = pa.field("x", pa.list_(pa.field("item", pa.int32(), False)), False)
    layout, buffers = write_page(column, pa.array(lists, column.type), version)
    mini, _, num_levels, levels, _ = first_chunk(layout, buffers, version != "2.1")
    flat = [int(k == 0) for items in lists for k in range(len(items))]
    data = b"".join(struct.pack("<H", level) for level in flat[:num_levels])
    return case(BLOCK, version, name, (0, 16, []), num_levels, mini[1][0], [levels[1]], data)


def cases():
    noise = random.Random(14)
    words = [noise.getrandbits(32) - 2**31 for _ in range(50)]
    zipped = {"structural_encoding": "fullzip"}
    links = [f"http://www.example.com/{i * 7919 % 1000}/index.html" for i in range(1200)]
    halves = pa.struct([pa.field("a", pa.int16(), False), pa.field("b", pa.int32(), False)])
    rows = pa.struct([pa.field("a", pa.int16(), False), pa.field("b", pa.string(), False)])
    packed_rows = pa.field("x", rows, False, metadata={"lance-encoding:packed": "true"})
    packed_halves = pa.field("x", halves, False, metadata={"lance-encoding:packed": "true"})
    vectors = pa.list_(pa.int16(), 2)
    yield "flat", mini_block("numbers", field(pa.int32()), [noise.getrandbits(32) - 2**31 for _ in range(9)])
    yield "flat", mini_block("booleans", field(pa.bool_()), [bool(noise.getrandbits(1)) for _ in range(13)])
    yield "flat", per_value("number", field(pa.int64(), **zipped), [-5, 6])
    yield "variable", mini_block("texts", field(pa.string()), ["ab", "", "", "xyz"])
    yield "variable", mini_block("large binary", field(pa.large_binary()), [b"\0", b"", b"\xff\xfe"])
    yield "variable", per_value("text", field(pa.string(), **zipped), ["hello", "x"])
    yield "variable", dictionary_items("dictionary", [f"{'word' * 5}{i % 3}" for i in range(200)])
    yield "constant", per_value("list of nulls", field(vectors, **zipped), [[None, None], [None, None]])
    yield "inline_bitpacking", mini_block("bytes", field(pa.uint8()), [i % 4 for i in range(1500)])
    yield "inline_bitpacking", mini_block("numbers", field(pa.int64()), [noise.randrange(1000) for _ in range(1100)])
    yield "out_of_line_bitpacking", repetition_levels("levels", [[1] * (1 + noise.getrandbits(1)) for _ in range(1100)], "2.1")
    yield "fsst", mini_block("links", field(pa.string()), links)
    yield "rle", mini_block("runs", field(pa.int32(), rle_threshold="0.9"), [i // 300 for i in range(1000)])
    yield "rle", definition_levels("levels", [i % 200 < 150 for i in range(1000)], "2.2")
    yield "byte_stream_split", mini_block("floats", field(pa.float32(), bss="on", compression="lz4"), [i / 8 for i in range(1024)])
    yield "general", mini_block("zstd", field(pa.string(), compression="zstd", dict_divisor="100000"), [f"{i:09d}" for i in range(600)])
    yield "general", mini_block("lz4", field(pa.int32(), compression="lz4", bss="off"), [words[i % 50] for i in range(1024)])
    yield "general", per_value("zstd value", field(pa.string(), compression="zstd", **zipped), [link * 3 for link in links])
    yield "fixed_size_list", mini_block("nullable items", field(vectors), [[1, None], [3, 4], [None, None]])
    yield "fixed_size_list", per_value("value with null items", field(pa.list_(pa.int8(), 8), **zipped), [[1, None, 3, None, None, 6, 7, 8]] * 2)
    yield "packed_struct", mini_block("rows", packed_halves, [{"a": 1, "b": 2}, {"a": 3, "b": -4}])
    packed_row = struct.pack("<hI", 1, 1) + b"x"
    yield "variable_packed_struct", per_value("row", packed_rows, [{"a": 1, "b": "x"}, {"a": 3, "b": "yz"}], "2.2", packed_row)


def main():
    files = {}
    for codec, content in cases():
        files[codec] = files.get(codec, b"") + content
    for codec, content in files.items():
        (CODECS / codec / "golden.bin").write_bytes(content)


if __name__ == "__main__":
    main()
