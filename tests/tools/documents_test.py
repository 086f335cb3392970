"""What is generated is current, and what the documents point at is there."""
import pathlib
import re
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [p for p in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]]


def test_errors_document_is_current():
    done = subprocess.run([str(REPOSITORY / "tools/generate_errors_doc"), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} points at {target}"


def test_dev_commands_in_documents_exist():
    usage = subprocess.run([str(REPOSITORY / "dev"), "help"], capture_output=True, text=True).stdout
    for document in DOCUMENTS:
        for command in re.findall(r"\./dev ([a-z]+)", document.read_text()):
            assert f"./dev {command}" in usage, f"{document.name} names ./dev {command}"


def test_which_says_what_to_run_for_what_is_not_built(tmp_path):
    done = subprocess.run([str(REPOSITORY / "dev"), "which", "cli"], capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "LANCE_BUILD": str(tmp_path)})
    assert done.returncode == 1 and done.stdout == "" and "./dev build" in done.stderr


@pytest.mark.parametrize("entrance", ["server", "python"])
def test_which_says_that_an_entrance_does_not_exist_yet(entrance):
    done = subprocess.run([str(REPOSITORY / "dev"), "which", entrance], capture_output=True, text=True)
    assert done.returncode == 1 and "has no" in done.stderr


def test_dev_refuses_an_unknown_command():
    done = subprocess.run([str(REPOSITORY / "dev"), "destroy"], capture_output=True, text=True)
    assert done.returncode == 2 and "./dev test" in done.stderr
