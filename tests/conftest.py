"""Shared by all Python tests: the tools under test, comparison of tables, data made once."""
import os
import pathlib
import subprocess
import sys

import pytest

os.environ.setdefault("LANCE_LOG", "error")  # the official library, before it is imported

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "data")]


def built(what):
    """Path of what was built ('cli', 'bundle'), as `./dev which` prints it; the environment may name another."""
    named = os.environ.get("LANCE_" + what.upper())
    if named:
        return pathlib.Path(named)
    out = subprocess.run([str(REPOSITORY / "dev"), "which", what], capture_output=True, text=True)
    if out.returncode != 0:
        pytest.fail(f"./dev which {what}: {out.stderr.strip() or out.stdout.strip()}")
    return pathlib.Path(out.stdout.strip())


@pytest.fixture(scope="session")
def cli():
    from cli_tool import Cli
    return Cli(built("cli"))


@pytest.fixture(scope="session")
def data_folder():
    """Where data that is made once is kept between runs."""
    folder = REPOSITORY / "build" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
