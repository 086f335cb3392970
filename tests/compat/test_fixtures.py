"""We read what official releases wrote."""
import fnmatch
import pathlib

import pytest

from fixture_tables import NOT_YET, Table, make_tables
from same import column_difference, difference

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = REPOSITORY.parent / "shared" / "fixtures"


def folders():
    if SHARED.is_dir():
        return sorted(p.parent for p in SHARED.glob("*/about.json"))
    made = REPOSITORY / "build" / "data" / "tables"
    if not made.is_dir():
        made.mkdir(parents=True)
        make_tables(made)
    return sorted(p.parent for p in made.glob("*/about.json"))


TABLES = [Table(f) for f in folders()]


def why_not_yet(name):
    return next((why for pattern, why in NOT_YET.items() if fnmatch.fnmatch(name, pattern)), None)


def options_of(entry):
    options = []
    for key in ("version", "tag", "branch"):
        if key in entry:
            options += [f"--{key}", entry[key]]
    return options


READABLE = [t for t in TABLES if not t.must_refuse and not why_not_yet(t.name)]


@pytest.mark.parametrize("table", READABLE, ids=lambda t: t.name)
def test_reads_every_value(cli, table):
    place = table.place()
    for entry, want in table.expected():
        if entry.get("kind") == "row ids":
            continue
        blobs = "bytes" if entry.get("kind") == "blobs" else "descriptions"
        # Of these tables some columns only are expected; the bytes of blobs stand in a file of their own.
        is_part = "blob_column" in table.about or table.name == "i_json_btree"
        columns = ["--columns", ",".join(want.column_names)] if is_part else []
        got = cli.read(place, *options_of(entry), *columns, "--blobs", blobs)
        assert difference(got, want) is None, f"{table.name} {entry}: {difference(got, want)}"


@pytest.mark.parametrize("table", [t for t in READABLE if t.expected()], ids=lambda t: t.name)
def test_takes_single_rows(cli, table, tmp_path):
    from cli_tool import read_ipc
    place = table.place()
    want = next(want for entry, want in table.expected() if not set(entry) & {"version", "tag", "branch", "kind"})
    if want.num_rows == 0:
        return
    last = want.num_rows - 1
    rows = [last, 0, last // 2, last // 3, last, min(7, last)]
    out = tmp_path / "taken.arrow"
    cli.ok("take", place, "--rows", ",".join(map(str, rows)), "--format", "arrow", "--output", out,
           "--blobs", "descriptions")
    got = read_ipc(out)
    for name in want.column_names:
        why = column_difference(got[name], want[name].take(rows))
        assert why is None, f"{table.name} {name}: {why}"


@pytest.mark.parametrize("table", [t for t in TABLES if t.must_refuse or why_not_yet(t.name)], ids=lambda t: t.name)
def test_refuses_what_it_cannot_read(cli, table):
    """No wrong rows and no crash: exit code 1 and one clear line. A table that reads leaves the list NOT_YET."""
    done = cli.run("cat", table.place(), "--format", "csv")
    assert done.returncode == 1, f"{table.name} reads now: take it out of NOT_YET" if done.returncode == 0 else done.stderr
    assert done.stderr.startswith("lance: ") and len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize("table", [t for t in READABLE if any(q["kind"] == "filter" for q in t.about["queries"])],
                         ids=lambda t: t.name)
def test_filters_like_the_official_reader(cli, table):
    place = table.place()
    for query in table.about["queries"]:
        if query["kind"] == "filter" and "(" not in query["filter"]:
            got = cli.read(place, "--columns", "id", "--where", query["filter"])
            assert sorted(got["id"].to_pylist()) == sorted(query["ids"]), query["filter"]
