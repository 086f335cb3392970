"""Write the tables of this folder with the official library (pylance 14).

evolved.lance     3 fragments of 100 rows, every 7th row deleted, column `y` in files of its own
stable_ids.lance  2 fragments of 10 rows with stable row ids, the even rows of the first rewritten
"""
import datetime
import decimal
import shutil

import lance
import pyarrow as pa


def rows(begin, end):
    ids = range(begin, end)
    return pa.table({
        "id": pa.array(ids, pa.int64()),
        "s": pa.array([None if i % 10 == 3 else f"row {i}" for i in ids]),
        "price": pa.array([decimal.Decimal(i) / 4 for i in ids], pa.decimal128(10, 2)),
        "point": pa.array([{"a": i, "b": i % 3 == 0} for i in ids]),
    })


def main():
    for name in ("evolved.lance", "stable_ids.lance"):
        shutil.rmtree(name, ignore_errors=True)
    options = {"data_storage_version": "2.2"}
    table = lance.write_dataset(rows(0, 300), "evolved.lance", max_rows_per_file=100, **options)
    table.delete("id % 7 = 0")
    table.add_columns({"y": "id * 2"})

    table = lance.write_dataset(rows(0, 20), "stable_ids.lance", max_rows_per_file=10,
                                enable_stable_row_ids=True, **options)
    table.update({"s": "'new'"}, where="id < 10 AND id % 2 = 0")
    for name in ("evolved.lance", "stable_ids.lance"):
        lance.dataset(name).cleanup_old_versions(older_than=datetime.timedelta(0))
        shutil.rmtree(f"{name}/_transactions", ignore_errors=True)


if __name__ == "__main__":
    main()
