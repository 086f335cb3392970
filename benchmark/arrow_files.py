"""Tables as Arrow files that are mapped into memory."""
import numpy as np
import pyarrow as pa

BATCH_BYTES = 16 << 20  # no batch is larger, nor has more rows than this:
BATCH_ROWS = 1 << 16


def save(table, path):
    """The file appears whole or not at all."""
    rows = max(1, min(BATCH_ROWS, int(BATCH_BYTES * table.num_rows / max(1, table.nbytes))))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with pa.ipc.new_file(str(unfinished), table.schema) as sink:
        sink.write_table(table.combine_chunks(), max_chunksize=rows)
    unfinished.rename(path)


def mapped(path):
    """The table, all of it present in memory; what lies at odd places is copied, as pylance insists."""
    source = pa.memory_map(str(path))
    np.frombuffer(source.read_buffer(), np.uint8)[::4096].sum()
    source.seek(0)
    options = pa.ipc.IpcReadOptions(ensure_alignment=pa.ipc.Alignment.At64Byte)
    return pa.ipc.open_file(source, options=options).read_all()
