"""Real input both ways: TPC-H lineitem, and text embeddings of Debian's package descriptions."""
import pathlib
import subprocess
import sys

import lance
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import REPOSITORY
from same import difference


@pytest.fixture(scope="session")
def lineitem(data_folder):
    """Parquet file of lineitem at scale factor 0.1, 600,572 rows."""
    folder = data_folder / "tpch-0.1"
    path = folder / "lineitem.parquet"
    if not path.exists():
        tool = str(pathlib.Path(sys.executable).parent / "tpchgen-cli")
        subprocess.run([tool, "parquet", "-s", "0.1", "--tables", "lineitem", "--output-dir", str(folder)],
                       check=True)
    return path


@pytest.fixture(scope="session")
def embeddings(data_folder):
    path = data_folder / "embeddings.parquet"
    if not path.exists():
        subprocess.run([sys.executable, str(REPOSITORY / "tests/data/make_embeddings.py"), "--out", str(path)],
                       check=True)
    return path


def stored(table):
    """The table as Lance keeps it: views as plain types."""
    fields = []
    for field in table.schema:
        kind = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}.get(field.type, field.type)
        fields.append(pa.field(field.name, kind, field.nullable))
    return table.cast(pa.schema(fields))


@pytest.mark.parametrize("version", ["2.1", "2.2"])
@pytest.mark.parametrize("source", ["lineitem", "embeddings"])
def test_ours_read_by_the_official_reader(cli, tmp_path, request, source, version):
    path = request.getfixturevalue(source)
    place = tmp_path / "t.lance"
    cli.ok("write", place, "--from", path, "--file-version", version)
    want = stored(pq.read_table(path))
    assert difference(lance.dataset(str(place)).to_table(), want) is None
    assert difference(cli.read(place), want) is None


@pytest.mark.parametrize("version", ["2.1", "2.2"])
@pytest.mark.parametrize("source", ["lineitem", "embeddings"])
def test_official_read_by_us(cli, tmp_path, request, source, version):
    path = request.getfixturevalue(source)
    place = tmp_path / "t.lance"
    want = stored(pq.read_table(path))
    lance.write_dataset(want, str(place), data_storage_version=version, max_rows_per_file=250_000)
    assert difference(cli.read(place), want) is None


def test_filters_of_lineitem_agree(cli, tmp_path, lineitem):
    place = tmp_path / "t.lance"
    want = stored(pq.read_table(lineitem))
    lance.write_dataset(want, str(place))
    official = lance.dataset(str(place))
    for text in ["l_orderkey = 7", "l_quantity < 3", "l_shipdate >= date '1998-11-01'",
                 "l_comment LIKE '%special%' AND l_returnflag = 'R'", "l_shipmode IN ('AIR', 'RAIL') AND l_linenumber = 3",
                 "NOT (l_partkey BETWEEN 300 AND 19000) AND l_linenumber > 6", "l_comment IS NULL"]:
        got = cli.read(place, "--columns", "l_orderkey,l_linenumber", "--where", text)
        ours = sorted(zip(got["l_orderkey"].to_pylist(), got["l_linenumber"].to_pylist()))
        rows = official.to_table(columns=["l_orderkey", "l_linenumber"], filter=text)
        assert ours == sorted(zip(rows["l_orderkey"].to_pylist(), rows["l_linenumber"].to_pylist())), text
        assert int(cli.ok("count", place, "--where", text)) == rows.num_rows
