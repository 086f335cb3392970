"""Tables that official releases wrote: those of ../shared/fixtures when they are there, else made here.

A table is a folder with `dataset.lance`, files of expected rows and `about.json`, which says what it covers.
"""
import json
import pathlib
import shutil

import pyarrow as pa
import pyarrow.parquet as pq


# What this build does not read yet, and why; each must be refused by a clear error.
NOT_YET = {
    "old_*_v01": "file version 0.1",
    "f22_fsl_struct": "fixed-size lists of structs",
}


class Table:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.about = json.loads((self.folder / "about.json").read_text())
        self.name = self.about["name"]

    @property
    def must_refuse(self):
        return self.about.get("must_refuse", False)

    def place(self):
        """Return the table's location, copied to where its absolute paths want it."""
        home = self.about.get("must_live_at")
        if not home:
            return self.folder / "dataset.lance"
        for source, target in {"dataset.lance": home, **self.about.get("also_live_at", {})}.items():
            if not pathlib.Path(target).exists() and (self.folder / source).exists():
                shutil.copytree(self.folder / source, target)
        return pathlib.Path(home)

    def expected(self):
        """Yield (what to ask the reader for, the table that must come back)."""
        for entry in self.about["expected"]:
            if entry.get("kind") in (None, "row ids", "blobs"):
                yield entry, read(self.folder / entry["file"])


def read(path):
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with pa.OSFile(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def make_tables(folder):
    """Write a set of tables with the official library of this environment, for clones without fixtures."""
    import lance
    import random_tables
    from random_tables import FLAT_TYPES
    for version in ("2.1", "2.2"):
        for number, start in enumerate(range(0, len(FLAT_TYPES), 8)):
            make_table(lance, folder, f"made_{version}_{number}", version,
                       [random_tables.table(1000 + start, rows, FLAT_TYPES[start:start + 8])
                        for rows in (4097, 1, 300)])
    return folder


def make_table(lance, folder, name, version, parts):
    home = folder / name
    for i, part in enumerate(parts):
        part = part.rename_columns([f"c{j}" for j in range(part.num_columns)])
        parts[i] = part
        lance.write_dataset(part, str(home / "dataset.lance"), mode="create" if i == 0 else "append",
                            data_storage_version=version if i == 0 else None)
    dataset = lance.dataset(str(home / "dataset.lance"))
    rows = dataset.to_table()
    with pa.ipc.new_file(str(home / "expected.arrow"), rows.schema) as sink:
        sink.write_table(rows)
    about = {"name": name, "covers": f"made by pylance {lance.__version__}, file version {version}",
             "expected": [{"file": "expected.arrow", "rows": rows.num_rows}], "queries": []}
    (home / "about.json").write_text(json.dumps(about))
