"""The shipped lexicon is sound, large enough, and every entry has a source that is listed; files of users are read or refused."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from agent.degeneracy.lexicon import Lexicon, read_entries, read_sources, shipped
from agent.degeneracy.lexicon.check import faults
from agent.degeneracy.lexicon.read import read_names
from agent.errors import UsageError

FOLDER = Path(str(resources.files("agent.degeneracy.lexicon")))


@pytest.mark.parametrize(("name", "least"), [("ja.tsv", 1500), ("en.tsv", 2500)])
def test_every_entry_has_a_source(name: str, least: int) -> None:
    entries = read_entries(FOLDER / name)
    sources = read_sources(FOLDER / "sources.tsv")
    assert len(entries) >= least
    assert list(faults(entries, sources)) == []
    assert all(source.address for source in sources.values())


def test_links() -> None:
    lexicon = shipped()
    for one, other in (
        ("三平方の定理", "ピタゴラスの定理"),
        ("二次方程式", "2次方程式"),
        ("law of cosines", "cosine rule"),
    ):
        assert lexicon.get(one) is not None
        assert lexicon.get(one) == lexicon.get(other)
    entry = lexicon.get("余弦定理")
    assert entry is not None
    assert entry.reading == "よげんていり"


def test_a_users_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("# my terms\n残留正規化数\n\nZorkian number\tzork\tZork number|Zorks\n", encoding="utf-8")
    lexicon = Lexicon.of(read_entries(path))
    assert "Zork numbers" in lexicon
    assert "残留正規化数" in lexicon
    assert len(lexicon) == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("三角形".encode("shift_jis"), "not UTF-8"),
        (b"a\tb\tc\td\te\tf\n", "line 1: 6 columns"),
        (b"ok\n\tno term\n", "line 2"),
        (b"x" * 500, "at most 120 characters"),
    ],
)
def test_bad_files(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "bad.tsv"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=says):
        read_entries(path)


def test_faults_are_found(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("二次関数\t\t２次関数\n2次函数\n…\n", encoding="utf-8")
    told = "\n".join(faults(read_entries(path), {}))
    for word in ("there twice", "the same name", "no source", "nothing is left"):
        assert word in told


def test_names(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("name\twikidata\nEuler's formula\tQ1\n# no\n\n余弦定理\n", encoding="utf-8")
    assert read_names(path) == ["Euler's formula", "余弦定理"]
