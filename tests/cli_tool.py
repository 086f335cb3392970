"""The `lance` command line tool, as the tests drive it."""
import pathlib
import subprocess
import tempfile

import pyarrow as pa
import pyarrow.ipc


class Cli:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def run(self, *args, timeout=300, **kwargs):
        """Run and return the finished process, whatever its exit code."""
        return subprocess.run([str(self.path), *map(str, args)], capture_output=True, text=True,
                              timeout=timeout, **kwargs)

    def ok(self, *args, **kwargs):
        """Run, insist on exit code 0, return standard output."""
        done = self.run(*args, **kwargs)
        assert done.returncode == 0, f"lance {' '.join(map(str, args))}\nexit {done.returncode}\n{done.stderr}"
        return done.stdout

    def read(self, uri, *options):
        """Read a table through `lance cat --format arrow`."""
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out.arrow"
            self.ok("cat", uri, *options, "--format", "arrow", "--output", out)
            return read_ipc(out)

    def write(self, uri, table, *options):
        """Write an Arrow table through `lance write --from FILE`."""
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "in.arrow"
            with pa.ipc.new_file(source, table.schema) as sink:
                sink.write_table(table)
            return self.ok("write", uri, "--from", source, *options)


def read_ipc(path):
    with pa.OSFile(str(path)) as source:
        try:
            return pa.ipc.open_stream(source).read_all()
        except pa.ArrowInvalid:
            pass
    with pa.OSFile(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
