"""Every fuzz target has inputs to start from, which are replayed as tests; together they stay small."""
import pathlib

import pytest

FUZZ = pathlib.Path(__file__).resolve().parents[2] / "fuzz"
TARGETS = sorted(p.stem.removesuffix("_fuzz") for p in FUZZ.glob("*_fuzz.cc"))


@pytest.mark.parametrize("target", TARGETS)
def test_target_has_a_corpus(target):
    assert any((FUZZ / "corpus" / target).iterdir())


def test_no_corpus_lacks_its_target():
    assert sorted(p.name for p in (FUZZ / "corpus").iterdir()) == TARGETS


def test_corpora_are_small():
    assert sum(p.stat().st_size for p in (FUZZ / "corpus").rglob("*") if p.is_file()) < 1_000_000
