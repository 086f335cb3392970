"""Real input, made once and kept: TPC-H lineitem, and text embeddings of Debian's package descriptions."""
import pathlib
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent


def lineitem(folder, scale):
    """Parquet file of lineitem; scale factor 1 has 6,001,215 rows, 0.1 has 600,572."""
    path = pathlib.Path(folder) / f"tpch-{scale}" / "lineitem.parquet"
    if not path.exists():
        tool = pathlib.Path(sys.executable).parent / "tpchgen-cli"
        subprocess.run([str(tool), "parquet", "-s", str(scale), "--tables", "lineitem", "--output-dir",
                        str(path.parent)], check=True, stdout=subprocess.DEVNULL)
    return path


def embeddings(folder):
    """Parquet file of 2,000 descriptions with their vectors of 384 floats."""
    path = pathlib.Path(folder) / "embeddings.parquet"
    if not path.exists():
        subprocess.run([sys.executable, str(HERE / "make_embeddings.py"), "--out", str(path)], check=True,
                       stdout=subprocess.DEVNULL)
    return path


def as_stored(path):
    """The table of a Parquet file as Lance keeps it: views as plain types."""
    table = pq.read_table(path)
    plain = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    return table.cast(pa.schema([pa.field(f.name, plain.get(f.type, f.type), f.nullable) for f in table.schema]))
