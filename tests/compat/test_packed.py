"""Packed structs with children of variable width (2.2) and of fixed width, both ways."""
import random

import lance
import pyarrow as pa
import pytest

from same import difference

FIXED = [pa.int8(), pa.int16(), pa.uint32(), pa.int64(), pa.float64(), pa.decimal128(12, 3), pa.binary(5),
         pa.list_(pa.float32(), 3), pa.timestamp("us"), pa.date32()]
VARIABLE = [pa.utf8(), pa.large_utf8(), pa.binary(), pa.large_binary()]
PACKED = {"lance-encoding:packed": "true"}


def value(rng, type_, long):
    if pa.types.is_fixed_size_list(type_):
        return [rng.uniform(-1, 1) for _ in range(type_.list_size)]
    if pa.types.is_decimal(type_):
        return pa.scalar(rng.randrange(10 ** 6), pa.int64()).cast(pa.decimal128(19, 0)).as_py()
    if pa.types.is_fixed_size_binary(type_):
        return rng.randbytes(type_.byte_width)
    if pa.types.is_integer(type_):
        return rng.randrange(100)
    if pa.types.is_floating(type_):
        return rng.uniform(-5, 5)
    if pa.types.is_temporal(type_):
        day = pa.scalar(rng.randrange(10000), pa.int32()).cast(pa.date32())
        return day.cast(type_).as_py()
    size = rng.randrange(3 if not long else 60000)
    text = "".join(rng.choice("abcd ") for _ in range(min(size, 40))) * (1 + size // 40)
    return text if pa.types.is_string(type_) or pa.types.is_large_string(type_) else text.encode()


def struct_of(rng, with_variable):
    # The official reader fails on vectors in packed structs without a child of variable width.
    choice = [t for t in FIXED if with_variable or not pa.types.is_fixed_size_list(t)]
    types = rng.sample(choice, rng.randrange(1, 4))
    types += rng.sample(VARIABLE, rng.randrange(1, 3)) if with_variable else []
    rng.shuffle(types)
    fields = []
    for i, type_ in enumerate(types):
        compression = rng.choice((None, None, "none", "zstd", "fsst"))
        keep = compression and type_ in VARIABLE
        fields.append(pa.field(f"f{i}", type_, metadata={"lance-encoding:compression": compression} if keep else None))
    return pa.struct(fields)


def row(rng, type_, nulls, long):
    if rng.random() < nulls:
        return None
    return {field.name: value(rng, field.type, long) for field in type_}


def table_of(rng, with_variable):
    type_ = struct_of(rng, with_variable)
    long = with_variable and rng.random() < 0.15
    rows = rng.choice((1, 2, 17, 300) if not long else (1, 9))
    nulls = rng.choice((0, 0, 0.3, 1))
    column = [row(rng, type_, nulls, long) for _ in range(rows)]
    field = pa.field("p", type_, metadata=PACKED)
    # What stands around it; the official writer cannot pack fixed widths inside of lists.
    around = rng.choice(("none", "none", "struct", "list")) if with_variable else "none"
    if around == "struct":
        field = pa.field("o", pa.struct([field]))
        column = [None if rng.random() < nulls / 2 else {"p": value} for value in column]
    elif around == "list":
        field = pa.field("o", pa.list_(pa.field("item", type_, metadata=PACKED)))
        column = [None if rng.random() < nulls / 2 else [row(rng, type_, nulls, long) for _ in range(rng.randrange(4))]
                  for _ in column]
    return pa.table([pa.array(range(rows), pa.int32()), pa.array(column, field.type)],
                    schema=pa.schema([pa.field("id", pa.int32()), field]))


@pytest.mark.parametrize("with_variable", (True, False), ids=("variable", "fixed"))
@pytest.mark.parametrize("seed", range(60))
def test_both_sides_read_packed_structs(cli, tmp_path, with_variable, seed):
    rng = random.Random(seed)
    table = table_of(rng, with_variable)
    cli.write(tmp_path / "ours", table, "--max-rows-per-file", rng.choice((5, 1 << 20)))
    assert difference(cli.read(tmp_path / "ours"), table) is None
    theirs = lance.dataset(str(tmp_path / "ours")).to_table()
    assert difference(theirs, table) is None
    lance.write_dataset(table, str(tmp_path / "theirs"), data_storage_version="2.2")
    assert difference(cli.read(tmp_path / "theirs"), table) is None


@pytest.mark.parametrize("version,rows,said", [
    ("2.1", [{"a": 1, "b": "x"}], "2.2"),
    ("2.2", [{"a": 1, "b": None}], "must not be null"),
    ("2.2", [{"a": None, "b": "x"}, None], "must not be null"),
])
def test_refuses_what_cannot_be_packed(cli, tmp_path, version, rows, said):
    type_ = pa.struct([("a", pa.int32()), ("b", pa.string())])
    table = pa.table([pa.array(rows, type_)], schema=pa.schema([pa.field("p", type_, metadata=PACKED)]))
    source = tmp_path / "in.arrow"
    with pa.ipc.new_file(source, table.schema) as sink:
        sink.write_table(table)
    done = cli.run("write", tmp_path / "t", "--from", source, "--file-version", version)
    assert done.returncode == 1 and said in done.stderr, done.stderr
