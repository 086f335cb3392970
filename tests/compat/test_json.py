"""JSON columns: text outside, JSONB in files; both sides read and write the same bytes."""
import json
import random

import lance
import lance.file
import pyarrow as pa
import pytest

NUMBERS = ["0", "-0", "1", "-1", "127", "128", "-128", "-129", "255", "256", "65535", "65536", "4294967296",
           "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
           "-9223372036854775808", "-9223372036854775809", "0.0", "-0.0", "1.5", "0.1", "1e2", "1e15", "1e16",
           "1e-5", "1e-6", "5e-324", "1.7976931348623157e308", "1E400", "-1E400", "1e-400", "100e-2", "0e5",
           "123456789012345678901234567890", "0.000001234", "2.5E+3"]
TEXTS = ["", "a", "é", "日本", "😀", "\\", '"', "\b\f\n\r\t", "\x01\x1f\x7f", "a/b", " "]
SPACES = ["", " ", "\n\t"]


def text_of(rng, depth):
    """A random JSON text; keys are distinct, as the format wants them."""
    kind = rng.randrange(8 if depth > 0 else 6)
    space = rng.choice(SPACES)
    if kind < 2:
        return space + rng.choice(NUMBERS)
    if kind == 2:
        return rng.choice(("true", "false", "null")) + space
    if kind < 5:
        value = "".join(rng.choice(TEXTS) for _ in range(rng.randrange(4)))
        return json.dumps(value, ensure_ascii=rng.random() < 0.5)
    if kind == 5:
        return repr(rng.uniform(-1, 1) * 10 ** rng.randrange(-20, 25))
    parts = [text_of(rng, depth - 1) for _ in range(rng.randrange(5))]
    if kind == 6:
        return "[" + ",".join(parts) + space + "]"
    keys = rng.sample(["", "a", "aa", "b", "é", "ab", "10", "9", "\n"], len(parts))
    return "{" + ",".join(json.dumps(k) + space + ":" + p for k, p in zip(keys, parts)) + "}"


def table_of(rng, rows):
    texts = [None if rng.random() < 0.1 else text_of(rng, rng.randrange(5)) for _ in range(rows)]
    large = rng.random() < 0.3
    storage = pa.array(texts, pa.large_utf8() if large else pa.utf8())
    column = pa.ExtensionArray.from_storage(pa.json_(storage.type), storage)
    return pa.table({"id": pa.array(range(rows), pa.int64()), "j": column})


def stored(place):
    """The JSONB of all rows as the files hold it."""
    out = []
    for fragment in lance.dataset(str(place)).get_fragments():
        path = fragment.metadata.files[0].path
        rows = lance.file.LanceFileReader(str(place / "data" / path)).read_all().to_table()
        out += rows["j"].to_pylist()
    return out


def texts(table):
    column = table["j"].combine_chunks()
    return (column.storage if isinstance(column, pa.ExtensionArray) else column).to_pylist()


@pytest.mark.parametrize("version", ("2.1", "2.2"))
@pytest.mark.parametrize("seed", range(40))
def test_both_sides_agree(cli, tmp_path, version, seed):
    rng = random.Random(seed)
    table = table_of(rng, rng.choice((1, 3, 60)))
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    want = lance.write_dataset(table, str(theirs), data_storage_version=version).to_table()
    cli.write(ours, table, "--file-version", version)
    assert stored(ours) == stored(theirs)
    for place in (theirs, ours):
        assert texts(cli.read(place)) == texts(want)
    assert texts(lance.dataset(str(ours)).to_table()) == texts(want)
    assert lance.dataset(str(ours)).schema == lance.dataset(str(theirs)).schema
    # Each goes on with the other's table.
    lance.write_dataset(table, str(ours), mode="append")
    cli.write(theirs, table, "--mode", "append")
    for place in (theirs, ours):
        assert texts(lance.dataset(str(place)).to_table()) == texts(want) * 2
        assert texts(cli.read(place)) == texts(want) * 2


def test_json_inside_of_lists_and_structs(cli, tmp_path):
    json_array = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', "2", None], pa.string()))
    table = pa.table({"l": pa.ListArray.from_arrays([0, 2, 2, 3], json_array),
                      "s": pa.StructArray.from_arrays([json_array], ["x"])})
    want = lance.write_dataset(table, str(tmp_path / "theirs"), data_storage_version="2.2").to_table()
    cli.write(tmp_path / "ours", table)
    for place in ("theirs", "ours"):
        assert cli.read(tmp_path / place).to_pylist() == want.to_pylist()
        assert lance.dataset(str(tmp_path / place)).to_table().to_pylist() == want.to_pylist()


@pytest.mark.parametrize("text", ["", "{a:1}", "[1,]", '{"a":1,}', "01", "1 2", "[1", "'a'", "+1", ".5", "5.", "nul",
                                  "0x10", '"\x01"', '"\\x41"', "NaN", '{"a":1,"a":2}', "[" * 2000 + "]" * 2000])
def test_refuses_what_is_no_json(cli, tmp_path, text):
    table = pa.table({"j": pa.ExtensionArray.from_storage(pa.json_(), pa.array(["1", text], pa.string()))})
    source = tmp_path / "in.arrow"
    with pa.ipc.new_file(source, table.schema) as sink:
        sink.write_table(table)
    done = cli.run("write", tmp_path / "t", "--from", source)
    assert done.returncode == 1 and "column 'j'" in done.stderr and "row 1" in done.stderr, done.stderr


def test_a_json_column_takes_strings_but_no_bytes(cli, tmp_path):
    place = tmp_path / "t"
    cli.write(place, pa.table({"j": pa.ExtensionArray.from_storage(pa.json_(), pa.array(["1"], pa.string()))}))
    cli.write(place, pa.table({"j": pa.array(['{"b":2, "a":1}'])}), "--mode", "append")
    assert texts(cli.read(place)) == ["1", '{"a":1,"b":2}']
    source = tmp_path / "in.arrow"
    table = pa.table({"j": pa.array([b"1"], pa.large_binary())})
    with pa.ipc.new_file(source, table.schema) as sink:
        sink.write_table(table)
    done = cli.run("write", place, "--from", source, "--mode", "append")
    assert done.returncode == 1 and "'j'" in done.stderr
