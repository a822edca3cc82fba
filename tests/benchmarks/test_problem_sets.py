"""Problem sets: any file that people have is read or refused in one line, and what is left out is named by its line."""

from __future__ import annotations

import gzip
import json
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.equivalence import Comparer, Pair
from agent.errors import UsageError
from benchmarks.problem_sets import Columns, Item, Skipped, available, hub, open_set, procedural
from benchmarks.problem_sets.answers import accepted
from benchmarks.problem_sets.procedural import TASKS
from benchmarks.problem_sets.reader import Reader
from benchmarks.problem_sets.rows import Row
from tests.cli.typed import SANGAKU

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, content: str | bytes | list[object], encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        if isinstance(content, list):
            content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        data = content if isinstance(content, bytes) else content.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return written


def parquet(path: Path, rows: list[dict[str, object]]) -> Path:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=2)
    return path


def read(path: str | Path, **options: object) -> tuple[list[Item], list[Skipped]]:
    skipped: list[Skipped] = []
    opened = open_set(path, **options)  # type: ignore[arg-type]
    return list(opened.items(on_skip=skipped.append)), skipped


# --- files ---------------------------------------------------------------------------------------------------------------


def test_json_lines_of_every_shape_that_sets_have(write: Write) -> None:
    rows: list[object] = [
        {"id": 1, "problem": "1+1?", "answer": "2", "solution": "One and one is \\boxed{3}."},
        {"id": "b", "question": "GSM?", "answer": "He has 3+4=<<3+4=7>>7.\n#### 1,007"},
        {
            "unique_id": "c",
            "problem": "MATH?",
            "solution": "So \\boxed{1} and $x=\\boxed{\\frac{1}{2}}$.",
            "subject": "A",
            "level": 5,
        },
        {
            "id": "d",
            "problem": "長さは？",
            "solution": ["3", "三"],
            "category": "図形",
            "unit": "cm",
            "evaluation_method": "strict",
        },
        {"問題": "割合は？", "答え": 9.0, "分野": "割合", "学年": "小5"},
        {"Problem": "Capitals?", "Answer": 0.25, "lang": "Japanese"},
    ]
    items, skipped = read(write("mixed.jsonl", rows))
    assert skipped == []
    assert [item.id for item in items] == ["1", "b", "c", "d", "mixed/5", "mixed/6"]
    assert [item.gold for item in items] == [("2",), ("1,007",), ("\\frac{1}{2}",), ("3", "三"), ("9",), ("0.25",)]
    assert [item.problem.language for item in items] == ["en", "en", "en", "ja", "ja", "ja"]
    assert (items[2].category, items[2].level) == ("A", "5")
    assert (items[3].mode, items[3].unit, items[3].category) == ("strict", "cm", "図形")
    assert (items[4].category, items[4].level) == ("割合", "小5")
    assert all(item.set == "mixed" for item in items)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b"[" * 100_000, "is nested too deep"),
        (b'{"problem": " ", "answer": 1}', "no problem text"),
        (b'{"problem": 7, "answer": 1}', "no problem text"),
        (b'{"problem": "b"}', "no answer"),
        (b'{"problem": "b", "answer": ""}', "no answer"),
        (b'{"problem": "b", "answer": true}', "no answer"),
        (b'{"problem": "b", "answer": ["1", null]}', "no answer"),
        (b'{"problem": "b", "answer": NaN}', "no answer"),
        (b'{"problem": "b", "answer": 1e999}', "no answer"),
        (b'{"problem": "b", "answer": "\\ud800"}', "no text"),
        (b'{"problem": "\\ud800", "answer": "1"}', "no text"),
        (b'{"problem": "b", "answer": "1", "category": "\\u0000"}', "no text"),
        (b'{"problem": "b", "answer": "1", "evaluation_method": "loose"}', "unknown evaluation_method 'loose'"),
        (b'{"problem": "b", "answer": "1", "id": {}}', "an id that is neither"),
        (b'{"problem": "b", "answer": "1", "id": "a"}', "the id a of an earlier row"),
        (b'{"problem": "first\\n one?", "answer": "1"}', "the same problem text"),
        (b'{"problem": "\xe5\xe5", "answer": "1"}', "is not UTF-8"),
        (b'{"problem": "' + b"b" * 30_000 + b'", "answer": 1}', "more than 20,000"),
        (b'{"problem": "' + b"b" * (1 << 24) + b'", "answer": 1}', "is longer than 16 MiB"),
    ],
)
def test_a_row_that_is_left_out(write: Write, line: bytes, reason: str) -> None:
    good = b'{"id": "a", "problem": "first  one?", "answer": 1}\n'
    items, skipped = read(write("set.jsonl", good + b"\n" + line + b'\r\n{"problem": "last?", "answer": "2"}'))
    assert [item.problem.text for item in items] == ["first  one?", "last?"]
    assert items[1].id == "set/4"
    assert [row.line for row in skipped] == [3]
    assert reason in skipped[0].reason


def test_tables(write: Write, tmp_path: Path) -> None:
    table = 'id,question,target,grade\n1,"2+2,\nagain?",4.0,小1\n,"Say ""two""",two,\n3,too,many,fields,here\n'
    table += "4,,5,\n\n5,last?,1.50,中1\n"
    for name, text, encoding in (
        ("set.csv", table, "utf-8"),
        ("set.csv", table.replace("\n", "\r\n"), "utf-8-sig"),
        ("set.csv.gz", table, "utf-8"),
    ):
        items, skipped = read(write(name, text, encoding))
        assert [item.gold for item in items] == [("4",), ("two",), ("1.50",)]
        assert [item.id for item in items] == ["1", "set/4", "5"]
        assert items[0].problem.text.split() == ["2+2,", "again?"]
        assert [(row.line, row.reason.split(",")[0]) for row in skipped] == [
            (5, "has 5 fields"),
            (6, "has no problem text"),
        ]
    tabs = write("tabs.tsv", b"problem\tanswer\n1,5 l?\t3\n\xe5\xe5\t4\nmore?\t5\n")
    items, skipped = read(tabs)
    assert [item.gold[0] for item in items] == ["3", "5"]
    assert skipped == [Skipped(3, "is not UTF-8")]
    _, skipped = read(write("open.csv", 'problem,answer\na,1\n"b,2\nc,3\n'))
    assert skipped == [Skipped(3, "is no record of a table: it opens a quote that is never closed")]
    bare = write("bare.tsv", "1+1は？\t2\n2+2は？\t4\n")
    assert [item.gold[0] for item in read(bare, columns=Columns.parse("problem=1,answer=2"))[0]] == ["2", "4"]


def test_lists_and_compressed_lines(write: Write) -> None:
    rows = [{"problem": "a?", "answer": 1}, 7, {"problem": "b?", "answer": [1, 2]}]
    for name, text in (
        ("set.json", json.dumps(rows)),
        ("set.json", json.dumps(rows, indent=2)),
        ("set.jsonl", json.dumps(rows, indent=2)),
        ("set.json.gz", json.dumps(rows)),
    ):
        items, skipped = read(write(name, text, "utf-8-sig"))
        assert [item.gold for item in items] == [("1",), ("1", "2")]
        assert skipped == [Skipped(2, "is not a JSON object")]
    for name in ("lines.json", "lines.ndjson", "lines.jsonl.gz", "lines"):
        items, _ = read(write(name, [row for row in rows if row != 7]))
        assert [item.id for item in items] == ["lines/1", "lines/2"]


def test_parquet(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": number, "problem": f"{number}?", "answer": Decimal(f"{number}.50"), "picture": b"\0" * 1000}
        for number in range(5)
    ]
    items, skipped = read(parquet(tmp_path / "set.parquet", rows))
    assert skipped == []
    assert [item.gold[0] for item in items] == ["0.50", "1.50", "2.50", "3.50", "4.50"]
    lists: list[dict[str, object]] = [{"problem": "a?", "answer": ["1", "one"]}, {"problem": "b?", "answer": None}]
    items, skipped = read(parquet(tmp_path / "named_otherwise.bin", lists))
    assert [item.gold for item in items] == [("1", "one")]
    assert skipped == [Skipped(2, "has no answer")]
    whole = (tmp_path / "set.parquet").read_bytes()
    for damage in (whole[:-20], whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2), b"PAR1", b"PAR1" * 50):
        (tmp_path / "broken.parquet").write_bytes(damage)
        with pytest.raises(UsageError, match=r"Parquet|damaged"):
            read(tmp_path / "broken.parquet")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path / "set.parquet", [{"problem": "a?", "answer": "1"}])
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageError) as caught:
        open_set(path)
    assert "sangaku[bench]" in caught.value.advice


@pytest.mark.parametrize(
    ("name", "content", "encoding", "message", "advice"),
    [
        (
            "a.csv",
            "問題,答え\n1たす1は何ですか,2\n",
            "shift-jis",
            "looks like SHIFT-JIS",
            "iconv -f SHIFT-JIS -t UTF-8",
        ),
        ("a.csv", "id,problem,answer\n1,りんごは何個,2\n2,みかんは何個,3\n", "cp932", "looks like SHIFT-JIS", "iconv"),
        ("a.csv", "問題,答え\n1たす1は何ですか,2\n", "euc-jp", "looks like EUC-JP", "iconv -f EUC-JP"),
        ("a.csv", "problem,answer\n1?,2\n", "utf-16", "but UTF-16", "iconv -f UTF-16"),
        ("a.jsonl", '{"problem": "1?", "answer": 2}\n', "utf-16-le", "but UTF-16", "iconv -f UTF-16"),
        ("a.csv", "problème,réponse\n1?,2\n", "latin-1", "is not UTF-8", "LATIN1"),
        ("a.xlsx", b"PK\x03\x04rest", "", "Excel", "CSV"),
        ("a.txt", "What is 1+1?", "utf-8", "no format that is read here", "JSON Lines"),
        ("a.jsonl", "", "utf-8", "holds no problem", "one object a line"),
        ("a.jsonl", "nonsense", "utf-8", "line 1 is not JSON", "one object a line"),
        ("a.json", '[{"problem": "1?", "answer": 2}', "utf-8", "is not JSON", "list of objects"),
        ("a.json", '{\n"data": []}', "utf-8", "holds no list", "list of objects"),
        ("a.csv", "", "utf-8", "has no header", "first line"),
        ("a.csv", "problem,answer\n", "utf-8", "holds no problem", ""),
        ("a.csv", "problem,problem,answer\n1?,2?,3\n", "utf-8", "two columns 'problem'", "Rename"),
        (
            "a.csv",
            "quest,answer\n1?,2\n",
            "utf-8",
            "no column that looks like the problem; it has quest, answer",
            "problem=COLUMN",
        ),
        ("a.jsonl", '{"problem": "1?", "y": 2}\n', "utf-8", "no column that looks like the answer", "answer=COLUMN"),
    ],
)
def test_a_file_that_is_refused(
    write: Write, name: str, content: str | bytes, encoding: str, message: str, advice: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(write(name, content, encoding))
    assert message in caught.value.message
    assert advice in caught.value.advice
    assert "\n" not in caught.value.message + caught.value.advice


def test_one_broken_line_does_not_condemn_a_file(write: Write) -> None:
    lines = ["問題,答え", *(f"{number}は？,{number}" for number in range(5))]
    data = "\n".join(lines).encode() + "\n壊れた,6\n".encode("cp932") + "後は？,7\n".encode()
    items, skipped = read(write("set.csv", data))
    assert [item.gold[0] for item in items] == ["0", "1", "2", "3", "4", "7"]
    assert skipped == [Skipped(7, "is not UTF-8")]


def test_what_is_no_file(tmp_path: Path, write: Write) -> None:
    packed = write("cut.jsonl.gz", '{"problem": "1?", "answer": 2}\n' * 1000)
    packed.write_bytes(packed.read_bytes()[:-12])
    for path, message in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.jsonl", "there is no file"),
        ("/dev/null", "no ordinary file"),
        (packed, "cut short"),
        ("gsm9k", "no problem set and no file"),
        ("gsm8k:x", "no problem set and no file"),
    ):
        with pytest.raises(UsageError, match=message):
            read(path)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from([b"{", b'"problem":', b'"answer":', b'"a"', b"1", b",", b"}", b"\n", b'"', b"[", b"\xff"])
        ).map(b"".join),
    ),
    name=st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet", "a.jsonl.gz"]),
    magic=st.sampled_from([b"", b"", b"\x1f\x8b", b"PAR1", b"\xef\xbb\xbf", b"problem,answer\n"]),
)
def test_random_bytes_are_read_or_refused(tmp_path: Path, data: bytes, name: str, magic: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(magic + data)
    try:
        items, skipped = read(path)
    except UsageError:
        return
    assert items
    assert all(row.line > 0 and row.reason for row in skipped)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["problem", "answer", "id", "category", "level", "mode", "unit", "language"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("soft") | st.just("ja"),
            st.lists,
            max_leaves=4,
        ),
    )
)
def test_any_cells_are_an_item_or_a_reason(cells: dict[str, object]) -> None:
    found = Reader(set="s").item(Row(1, cells))
    if isinstance(found, Item):
        assert found.problem.text.strip()
        assert all(found.gold)
        found.model_dump_json()
    else:
        assert found.reason


# --- columns, limits, ids ------------------------------------------------------------------------------------------------


def test_columns_by_name(write: Write) -> None:
    path = write("set.csv", "frage,antwort,answer,nr\nA?,1,x,7\nB?,2,y,8\n")
    columns = Columns.parse(" problem = frage, answer=antwort,id=nr")
    items, _ = read(path, columns=columns)
    assert [(item.id, item.gold) for item in items] == [("7", ("1",)), ("8", ("2",))]
    for text, part in (
        ("problem=frag,answer=antwort", "Did you mean problem=frage? It has frage, antwort, answer, nr."),
        ("problm=frage", "Did you mean problem?"),
        ("problem", "problem=question,answer=target"),
        ("problem=", "problem=question,answer=target"),
        ("problem=frage,problem=nr", "Give one."),
    ):
        with pytest.raises(UsageError) as caught:
            open_set(path, columns=Columns.parse(text))
        assert part in caught.value.advice


def test_limits_and_ids(write: Write) -> None:
    path = write(
        "set.jsonl", [{"id": f"row-{number}", "problem": f"{number}?", "answer": number} for number in range(50)]
    )
    opened = open_set(path, limit=3)
    assert [item.id for item in opened] == [item.id for item in opened] == ["row-0", "row-1", "row-2"]
    assert [item.id for item in open_set(path, ids=["row-9", "row-4"])] == ["row-4", "row-9"]
    with pytest.raises(UsageError, match="limit of 0"):
        open_set(path, limit=0)
    with pytest.raises(UsageError, match="no problem with the id 'row-77'"):
        open_set(path, ids=["row-4", "row-77"])
    assert opened.source == f"file {path}"
    assert opened.digest == __import__("hashlib").sha256(path.read_bytes()).hexdigest()


def test_memory_stays_flat(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    filler = "x" * 2000
    with path.open("w", encoding="utf-8") as file:
        for number in range(5_000):
            file.write(f'{{"id": {number}, "problem": "{filler} {number}", "answer": {number}}}\n')
    opened = open_set(path)
    tracemalloc.start()
    try:
        assert sum(1 for _ in opened) == 5_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000 < path.stat().st_size


def test_answers() -> None:
    for cell, answers in (
        (9.0, ("9",)),
        (10**30, ("1" + "0" * 30,)),
        (1e300, ("1e+300",)),
        (Decimal("2.50"), ("2.50",)),
        ([1, "1", 2.0], ("1", "2")),
        ("\\boxed{a", ("\\boxed{a",)),
        (float("inf"), ()),
        ([], ()),
        ({}, ()),
        (None, ()),
    ):
        assert accepted(cell) == answers


# --- the hub -------------------------------------------------------------------------------------------------------------

_COMMIT = "0123456789abcdef0123456789abcdef01234567"


class _Hub(BaseHTTPRequestHandler):
    """Answers as the hub does: what is in a data set, and its files."""

    files: dict[str, bytes]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/datasets/o/n/revision/"):
            found = {
                "id": "o/n",
                "sha": _COMMIT,
                "siblings": [{"rfilename": name} for name in [*self.files, "README.md"]],
            }
            data = json.dumps(found).encode()
        elif path.startswith(f"/datasets/o/n/resolve/{_COMMIT}/"):
            data = self.files[path.removeprefix(f"/datasets/o/n/resolve/{_COMMIT}/")]
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", _COMMIT)
        self.send_header("ETag", '"' + __import__("hashlib").sha256(data).hexdigest() + '"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a hub with one data set, and an empty cache."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    part = [{"question": "a?", "answer": "…\n#### 1"}, {"question": "b?", "answer": "…\n#### 2"}]
    _Hub.files = {
        "main/test-00000-of-00002.parquet": parquet(tmp_path / "one", part).read_bytes(),  # type: ignore[arg-type]
        "main/test-00001-of-00002.parquet": parquet(
            tmp_path / "two", [{"question": "c?", "answer": "#### 3"}]
        ).read_bytes(),
        "main/train-00000-of-00001.parquet": b"",
        "other/test.jsonl": b'{"problem": "d?", "answer": 4}\n',
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_set_of_the_hub(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = hub.fetch
    monkeypatch.setattr(hub, "fetch", lambda dataset: real(dataset, endpoint=served))
    opened = open_set("hf:o/n:main")
    items = list(opened)
    assert [(item.id, item.gold) for item in items] == [
        ("hf:o/n:main/1", ("1",)),
        ("hf:o/n:main/2", ("2",)),
        ("hf:o/n:main/3", ("3",)),
    ]
    assert f"o/n @{_COMMIT}" in opened.source
    assert [item.gold for item in open_set("hf:o/n:other:test@main")] == [("4",)]
    with pytest.raises(UsageError, match="several files that it may be"):
        open_set("hf:o/n")
    with pytest.raises(UsageError, match="no files for main:validation"):
        open_set("hf:o/n:main:validation")
    with pytest.raises(UsageError, match="no data set o/none"):
        open_set("hf:o/none")


def test_the_cache_needs_no_hub(served: str) -> None:
    known = hub.Dataset(repo="o/n", revision=_COMMIT, files=("other/test.jsonl",))
    assert not hub.cached(known)
    first = hub.fetch(known, endpoint=served)
    assert hub.cached(known)
    assert hub.fetch(known, endpoint="http://127.0.0.1:9") == first
    assert first.commit == _COMMIT


def test_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as caught:
        hub.fetch(hub.Dataset(repo="o/never", files=("test.jsonl",)), endpoint="http://127.0.0.1:9")
    assert "the hub cannot be reached for o/never" in caught.value.message
    assert "Download test.jsonl elsewhere" in caught.value.advice
    assert caught.value.exit_code == 2
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(UsageError) as caught:
        open_set("gsm8k")
    assert "sangaku[bench]" in caught.value.advice


@pytest.mark.parametrize("text", ["", "foo", "foo/", "a/b:", "a/b@", "a/b:c:d:e", "a/b/c"])
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="names no data set"):
        open_set(f"hf:{text}")


@pytest.mark.parametrize(
    ("name", "cells", "gold"),
    [
        ("gsm8k", {"question": "How many?", "answer": "3+4=<<3+4=7>>7\n#### 7"}, "7"),
        (
            "math-500",
            {
                "problem": "p",
                "solution": "\\boxed{9}",
                "answer": "\\frac{1}{2}",
                "unique_id": "test/1.json",
                "level": 2,
            },
            "\\frac{1}{2}",
        ),
        ("mgsm-ja", {"question": "何個？", "answer_number": "18"}, "18"),
        (
            "aime24",
            {"id": 60, "problem": "p", "solution": "So \\boxed{33}.", "answer": "033", "url": "u", "year": "2024"},
            "033",
        ),
        ("aime25", {"problem": "p", "answer": "70", "id": "0"}, "70"),
        ("amc23", {"id": 0, "question": "p", "answer": 27.0, "url": "u"}, "27"),
        ("aime24", {"id": 60, "problem": "p", "solution": "\\boxed{204}", "url": "u"}, "204"),
    ],
)
def test_rows_as_the_named_sets_have_them(name: str, cells: dict[str, object], gold: str) -> None:
    assert name in hub.NAMED
    item = Reader(set=name, language=hub.NAMED[name].language or "auto").item(Row(1, cells))
    assert isinstance(item, Item)
    assert item.gold == (gold,)


# --- problems that are made ----------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_problems() -> None:
    first = [item.model_dump_json() for item in open_set("procedural", limit=60, seed=3)]
    assert first == [item.model_dump_json() for item in open_set("procedural", limit=60, seed=3)]
    assert first == [item.model_dump_json() for item in open_set("procedural", limit=90, seed=3)][:60]
    other = [item.model_dump_json() for item in open_set("procedural", limit=60, seed=4)]
    assert not set(first) & set(other)
    assert len(list(open_set("procedural"))) == 100
    # Fixed for good: what a run of last year was given can be made again.
    known = [item.problem.text for item in open_set("procedural:gcd:linear-equation", limit=2)]
    assert known == ["Find the greatest common divisor of 87 and 667.", "Solve the equation $7x - 26 = 9x - 35$ for x."]


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"(?<![\w^])-?\d+", text)]


def formula(text: str) -> str:
    """What is between the dollar signs, as Python writes it."""
    inside = re.sub(r"\\frac\{(\d+)\}\{(\d+)\}", r"(Integer(\1)/\2)", text.split("$")[1])
    inside = inside.replace("\\times", "*").replace("\\div", "/").replace("^", "**").replace(")(", ")*(")
    return re.sub(r"(\d)([xy])", r"\1*\2", inside)


def solved(task: str, text: str) -> str:
    """The answer once more, from the text alone, by sympy: none of it shares a line with what made the problem."""
    from sympy import (
        Point,
        Triangle,
        binomial,
        diff,
        divisor_count,
        expand,
        gcd_list,
        integrate,
        lcm_list,
        primepi,
        solve,
        symbols,
        sympify,
    )

    x, y = symbols("x y")
    found = numbers(text)
    match task:
        case "chain-sum":
            return str(sum(int(term.replace(" ", "")) for term in re.findall(r"[+-]? ?\d+", text)))
        case "gcd":
            return str(gcd_list(found))
        case "lcm":
            return str(lcm_list(found))
        case "prime-counting":
            return str(primepi(found[1]) - primepi(found[0] - 1))
        case "divisor-count":
            return str(divisor_count(found[0]))
        case "power-remainder":
            base, exponent, modulus = map(int, re.findall(r"\d+", text))
            return str(base**exponent % modulus)
        case "combinations":
            return str(binomial(found[0], found[2]) * binomial(found[1], found[3]))
        case "urn-probability":
            red, white, drawn = found
            # Ball by ball: how likely it is to have drawn so many red ones.
            chances = {0: sympify(1)}
            for taken in range(drawn):
                after = dict.fromkeys(range(drawn + 1), sympify(0))
                for reds, chance in chances.items():
                    for more, there in ((1, red - reds), (0, white - (taken - reds))):
                        if reds + more <= drawn:
                            after[reds + more] += chance * there / (red + white - taken)
                chances = after
            wanted = {drawn} if "all of" in text else {1} if "exactly" in text else set(range(1, drawn + 1))
            return str(sum(chances[reds] for reds in wanted))
        case "fractions":
            return str(sympify(formula(text)))
        case "linear-equation" | "quadratic-equation":
            left, right = formula(text).split("=")
            return ", ".join(map(str, sorted(solve(sympify(left) - sympify(right), x))))
        case "linear-system":
            sides = [formula(part).split("=") for part in (text, text.partition(" and ")[2])]
            roots = solve([sympify(left) - sympify(right) for left, right in sides], [x, y])
            return f"({roots[x]}, {roots[y]})"
        case "expansion":
            return str(expand(sympify(formula(text))))
        case "derivative":
            return str(diff(sympify(formula(text).partition("=")[2]), x).subs(x, found[-1]))
        case "definite-integral":
            bounds = re.search(r"_\{(-?\d+)\}\^\{(-?\d+)\} \((.*)\)\\,dx", text)
            assert bounds is not None
            return str(integrate(sympify(formula(f"${bounds[3]}$")), (x, int(bounds[1]), int(bounds[2]))))
        case "sequence-sum":
            count, first, second = found[:3]
            return str(sum(first + place * (second - first) for place in range(count)))
        case "triangle-area":
            points = [Point(found[place], found[place + 1]) for place in (0, 2, 4)]
            return str(abs(Triangle(*points).area))
        case "distance":
            return str(Point(found[0], found[1]).distance(Point(found[2], found[3])))
    raise AssertionError(task)


async def test_made_answers_are_right() -> None:
    items = list(open_set("procedural", limit=len(TASKS) * 9, seed=11))
    again = [solved(item.category, item.problem.text) for item in items]
    async with await Comparer.open("process", workers=2) as comparer:
        pairs = [Pair(gold=item.gold, predicted=answer) for item, answer in zip(items, again, strict=True)]
        verdicts = await comparer.compare(pairs)
    wrong = [
        (item.problem.text, item.gold, answer)
        for item, answer, verdict in zip(items, again, verdicts, strict=True)
        if not verdict.correct
    ]
    assert wrong == []


def test_both_languages_ask_the_same() -> None:
    pairs = zip(*(open_set("procedural", limit=200, language=language) for language in ("en", "ja")), strict=True)
    for english, japanese in pairs:
        assert english.gold == japanese.gold
        # Japanese has some more: 2次方程式, 3点.
        assert Counter(re.findall(r"\d+", english.problem.text)) <= Counter(re.findall(r"\d+", japanese.problem.text))


def test_tasks_by_name() -> None:
    items = list(open_set("procedural:gcd", limit=7))
    assert {item.category for item in items} == {"gcd"}
    assert {item.level for item in items} == {"1", "2", "3"}
    assert {item.problem.language for item in open_set("procedural", limit=30, language="ja")} == {"ja"}
    for name, part in (("procedural:gdc", "Did you mean gcd?"), ("procedural:", "There are chain-sum")):
        with pytest.raises(UsageError) as caught:
            open_set(name)
        assert part in caught.value.advice


async def test_every_made_answer_is_read_and_equal_to_itself() -> None:
    items = [item for seed in (1, 2) for item in open_set("procedural", limit=len(TASKS) * 12, seed=seed)]
    assert {item.category for item in items} == set(TASKS)
    async with await Comparer.open("process", workers=2) as comparer:
        # A space in front, so that it is read and not just seen to be the same text.
        pairs = [Pair(gold=item.gold, predicted=f" \\boxed{{{item.gold[0]}}}", mode=item.mode) for item in items]
        verdicts = await comparer.compare(pairs)
        assert [
            (item.problem.text, item.gold) for item, verdict in zip(items, verdicts, strict=True) if not verdict.correct
        ] == []
        wrong = [
            Pair(gold=item.gold, predicted=other.gold[0], mode=item.mode)
            for item, other in zip(items, items[len(TASKS) :], strict=False)
        ]
        assert sum(verdict.outcome == "undecided" for verdict in await comparer.compare(wrong)) == 0
        echoed = [item for item in items if item.category == "expansion"][:20]
        pairs = [Pair(gold=item.gold, predicted=item.problem.text.split("$")[1], mode=item.mode) for item in echoed]
        assert not any(verdict.correct for verdict in await comparer.compare(pairs))


# --- the list and the command --------------------------------------------------------------------------------------------


def test_what_there_is() -> None:
    offers = {offer.name: offer for offer in available()}
    assert {"curriculum", "procedural", *hub.NAMED} == set(offers)
    assert offers["procedural"].state == offers["curriculum"].state == "here"
    assert offers["gsm8k"].rows == 1319
    assert procedural.NAME == "procedural"


def test_the_command(write: Write) -> None:
    import subprocess

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*SANGAKU, "bench", "sets", *arguments], capture_output=True, text=True, check=False)

    listed = call("--json")
    assert listed.returncode == 0
    assert listed.stderr == ""
    assert {offer["name"] for offer in json.loads(listed.stdout)["sets"]} >= {"curriculum", "procedural", "gsm8k"}
    assert "curriculum" in call().stdout
    path = write("set.csv", "frage,answer,type\nA?,1,[red]x\n,2,y\nC?,3,\x1b[31m\n")
    told = call(str(path), "--columns", "problem=frage")
    assert "set: 2 problems (2 en)" in told.stdout
    assert "[red]x" in told.stdout
    assert "\x1b" not in told.stdout
    assert "1 row is left out:\n  line 3 has no problem text" in told.stderr
    found = json.loads(call(str(path), "--columns", "problem=frage", "--json", "--limit", "1").stdout)
    assert (found["n"], found["categories"], found["left_out"]) == (1, {"[red]x": 1}, 0)
    for arguments, word in (
        (["gsm9k"], "gsm8k"),
        ([str(path)], "frage"),
        (["--limit", "2"], "NAME"),
        ([str(path), "--limit", "0"], "0"),
    ):
        failed = call(*arguments)
        assert failed.returncode == 2
        assert failed.stdout == ""
        assert word in failed.stderr
        assert len(failed.stderr.splitlines()) == 1
    assert json.loads(call("nothing.csv", "--json").stdout)["error"]["type"] == "UsageError"
