"""`kill -9` in the middle of an append, at random moments: what was committed is there, as a whole, and
nothing else."""
import random
import subprocess
import time

import lance
import numpy
import pyarrow as pa
import pyarrow.ipc

KILLS = 50
ROWS = 30_000  # of one append


def rows():
    random_values = numpy.random.default_rng(7)
    ids = numpy.arange(ROWS)
    return pa.table({
        "id": ids,
        "value": random_values.random(ROWS),
        "text": [f"row {i} {x:.9f}" for i, x in zip(ids, random_values.random(ROWS))],
        "vector": pa.FixedSizeListArray.from_arrays(
            pa.array(random_values.random(ROWS * 32, dtype=numpy.float32)), 32),
    })


def newest_version(uri):
    names = [path.stem for path in (uri / "_versions").glob("*.manifest")]
    return max((1 << 64) - 1 - int(name) if len(name) == 20 else int(name) for name in names)


def test_kill_during_append(cli, tmp_path):
    uri, source = tmp_path / "t.lance", tmp_path / "in.arrow"
    table = rows()
    with pa.ipc.new_file(source, table.schema) as sink:
        sink.write_table(table)
    append = [str(cli.path), "write", str(uri), "--from", str(source), "--max-rows-per-file", "10000"]
    begin = time.monotonic()
    subprocess.run(append, check=True, stdout=subprocess.DEVNULL)
    usual_seconds = time.monotonic() - begin
    append += ["--mode", "append"]

    moments = random.Random(20)
    finished = 0
    for _ in range(KILLS):
        before = newest_version(uri)
        writer = subprocess.Popen(append, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0, 1.1 * usual_seconds))
        writer.kill()
        finished += writer.wait() == 0
        version = newest_version(uri)
        assert version in (before, before + 1)
        # The newest version opens, and holds exactly the appends that were committed.
        assert int(cli.ok("count", uri)) == version * ROWS
        if version > before:
            got = cli.read(uri, "--columns", "id", "--offset", (version - 1) * ROWS)
            assert got["id"].to_numpy().tolist() == table["id"].to_numpy().tolist()

    version = newest_version(uri)
    assert finished < KILLS, "no append was killed in time: the moments are too late"
    official = lance.dataset(str(uri))
    assert official.version == version
    assert official.count_rows() == version * ROWS
    ours = cli.read(uri)
    assert ours.num_rows == version * ROWS
    for i in range(version):
        for got in (ours, official.to_table(offset=i * ROWS, limit=ROWS)):
            piece = got.slice(i * ROWS, ROWS) if got is ours else got
            assert piece.combine_chunks().equals(table.combine_chunks())
    # A table that lived through this takes appends of both writers.
    subprocess.run(append, check=True, stdout=subprocess.DEVNULL)
    lance.write_dataset(table, str(uri), mode="append")
    assert int(cli.ok("count", uri)) == (version + 2) * ROWS
