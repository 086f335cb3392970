"""Real input both ways: TPC-H lineitem, and text embeddings of Debian's package descriptions."""
import lance
import pytest

import real_data
from real_data import as_stored
from same import difference


@pytest.fixture(scope="session")
def lineitem(data_folder):
    return real_data.lineitem(data_folder, 0.1)


@pytest.fixture(scope="session")
def embeddings(data_folder):
    return real_data.embeddings(data_folder)


@pytest.mark.parametrize("version", ["2.1", "2.2"])
@pytest.mark.parametrize("source", ["lineitem", "embeddings"])
def test_ours_read_by_the_official_reader(cli, tmp_path, request, source, version):
    path = request.getfixturevalue(source)
    place = tmp_path / "t.lance"
    cli.ok("write", place, "--from", path, "--file-version", version)
    want = as_stored(path)
    assert difference(lance.dataset(str(place)).to_table(), want) is None
    assert difference(cli.read(place), want) is None


@pytest.mark.parametrize("version", ["2.1", "2.2"])
@pytest.mark.parametrize("source", ["lineitem", "embeddings"])
def test_official_read_by_us(cli, tmp_path, request, source, version):
    path = request.getfixturevalue(source)
    place = tmp_path / "t.lance"
    want = as_stored(path)
    lance.write_dataset(want, str(place), data_storage_version=version, max_rows_per_file=250_000)
    assert difference(cli.read(place), want) is None


def test_filters_of_lineitem_agree(cli, tmp_path, lineitem):
    place = tmp_path / "t.lance"
    want = as_stored(lineitem)
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
