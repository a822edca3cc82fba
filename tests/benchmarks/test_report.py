"""The report of a run: the page in a real browser, its parts, Markdown and CSV."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli import main
from agent.types import Answer, Attempt, Completion, Finding, ModelInfo, Problem, Program, Solution, Turn, Usage, Vote
from benchmarks.records import Failure, Graded, GradedAttempt, GradedTurn, Record
from benchmarks.report import details, page, sheet
from benchmarks.report.bundle import policy, scripts, style
from benchmarks.report.gather import Gathering
from benchmarks.report.markdown import cell
from benchmarks.report.markup import Markup, element, text
from benchmarks.report.scales import Scale, clipped
from sandbox import Execution, Status
from tests.benchmarks import synthetic
from tests.benchmarks.browser import Browser, chromium
from tests.need import lacking

HOSTILE = (
    "</script><script>window.owned=1</script><img src=x onerror=window.owned=1><svg onload=window.owned=1>"
    "<style>body{display:none}</style><!-- ]]> javascript:alert(1) &lt;b&gt; "
    "\u202egnirts\u202c \u2066isolate\u2069 nul:\x00 esc:\x1b[31m lone:\ud800 and:\udfff astral:\U0001f600 "
    "$\\href{javascript:window.owned=1}{x}$ $\\url{http://192.0.2.1/}$ $\\includegraphics{http://192.0.2.1/a.png}$ "
    "$\\style{background:url(http://192.0.2.1/)}{x}$ $\\def\\a{\\a\\a}\\a$ ${{{{{{$ "
    "```python\n<img src=x onerror=window.owned=1>\n'''</script>\n``` "
)
LONG = "x" * 100_000 + "\n" + "\\[" * 20_000 + "$a$ " * 5_000


def record(
    identity: str = "1",
    strategy: str = "pot",
    *,
    problem: str = "What is $\\frac{1}{2}+\\frac{1}{3}$?",
    text: str = "We add.\n\n```python\nprint(5/6)\n```",
    findings: tuple[Finding, ...] = (),
    outcome: str = "right",
    answer: str | None = "\\frac{5}{6}",
    category: str = "fractions",
    cause: str = "",
    set_: str = "small",
) -> Record:
    source = text if "```" not in text else text.split("```python\n")[1].split("\n```")[0]
    ran = Execution(status=Status.OK, stdout=f"5/6\n{text[:500]}", message=text[:300], line=1)
    taken = None if answer is None else Answer(text=answer)
    turn = Turn(
        index=0,
        mode="repair",
        strategy=strategy,
        seed=1,
        temperature=0.5,
        because=text[:40],
        feedback=text,
        completion=Completion(text=text, usage=Usage(completion_tokens=40)),
        findings=findings,
        program=Program(source=source),
        execution=ran,
        answer=taken,
    )
    attempt = Attempt(index=0, seed=1, turns=(turn,), answer=taken, halt_reason="answered")
    judged = GradedTurn.model_validate(
        {"mode": "first", "strategy": strategy, "outcome": "right", "taken": True, "completion_tokens": 40}
    )
    graded = Graded.model_validate(
        {
            "set": set_,
            "id": identity,
            "strategy": strategy,
            "category": category,
            "level": "1",
            "outcome": outcome,
            "answer": answer,
            "gold": ("\\frac{5}{6}",),
            "rule": text[:200],
            "cause": cause,
            "completion_tokens": 40,
            "attempts": (GradedAttempt(outcome="right", group=0, weight=1, turns=(judged,)),) * 2,
        }
    )
    solution = Solution(
        problem_id=identity,
        problem=Problem(text=problem, id=identity),
        status="answered" if answer else "abstained",
        answer=answer,
        explanation=text,
        halt_reason="settled",
        votes=(Vote(answer=answer or "", weight=1, attempts=(0,)),),
        attempts=(attempt, attempt),
        model=ModelInfo(name="m", backend="endpoint"),
    )
    return Record(graded=graded, seconds=1.5, solution=solution)


def made(folder: Path, records: list[Record]) -> Path:
    """A page of these records alone."""
    path = folder / "page.html"
    with tempfile.TemporaryFile("w+") as file, path.open("w", encoding="utf-8") as out:
        gathering = Gathering(file)
        for one in records:
            gathering.add(one.graded.strategy, one)
        index = gathering.finish()
        file.seek(0)
        parts = page.Parts(
            title=HOSTILE,
            header=element("h1", HOSTILE),
            cards=Markup(""),
            charts=[],
            comparisons=None,
            tables=None,
            footer=HOSTILE,
            index=index.json(),
        )
        page.write(out, parts, file)
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        lacking("chromium", "there is none on the path (Debian: apt install chromium)")
    with Browser(executable, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def quiet(browser: Browser) -> Iterator[Browser]:
    """The browser, and the demand that nothing was asked of a network and nothing went wrong."""
    browser.complaints.clear()
    browser.requests.clear()
    browser.dialogs = 0
    browser.call("Page.navigate", url="about:blank")
    browser.size(1400, 900)
    browser.scheme("light")
    yield browser
    assert browser.complaints == []
    assert browser.requests == []
    assert browser.dialogs == 0


def names(browser: Browser) -> list[str]:
    found: list[str] = browser.eval("[...document.querySelectorAll('tr.problem .name bdi')].map(n => n.textContent)")
    return found


def opened(browser: Browser) -> None:
    browser.wait("document.querySelector('.detail details.result')")


MIXED = [
    record("1"),
    record("1", "cot", outcome="wrong", answer="1/5", cause="wrong_value"),
    record("2", problem="Solve $x^2=2$ for a chrysanthemum.", category="roots"),
    record("2", "cot", category="roots"),
    record("10", outcome="abstained", answer=None, cause="runtime:TypeError"),
    record("10", "cot", outcome="failed", answer=None, cause="model_unavailable"),
]


def test_filters_sorting_and_the_address(quiet: Browser, tmp_path: Path) -> None:
    path = made(tmp_path, MIXED)
    quiet.open(path)
    assert names(quiet) == ["1", "2", "10"]
    choose = (
        "(n, v) => { const field = document.forms[0].elements[n]; field.value = v; "
        "field.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    for changes, rows in (
        ([("q", "chrysanthemum")], ["2"]),
        ([("outcome", "wrong")], ["1"]),
        ([("outcome", "wrong"), ("strategy", "pot")], []),
        ([("cause", "runtime:TypeError")], ["10"]),
        ([("category", "roots")], ["2"]),
    ):
        for name, word in changes:
            quiet.eval(f"({choose})({name!r}, {word!r})")
        assert names(quiet) == rows
        assert f"{len(rows)} of 3" in quiet.eval("document.getElementById('count').textContent")
        quiet.eval("document.querySelector('#filters button').click()")
        quiet.wait("document.querySelectorAll('tr.problem').length === 3")
    quiet.eval("document.forms[0].elements.disagree.click()")
    assert names(quiet) == ["1", "10"]
    quiet.eval("document.querySelector('th[data-column=id] button').click()")
    quiet.eval("document.querySelector('th[data-column=id] button').click()")
    assert names(quiet) == ["10", "1"]
    assert quiet.eval("document.querySelector('th[data-column=id]').getAttribute('aria-sort')") == "descending"
    address = quiet.eval("location.hash")
    quiet.call("Page.navigate", url="about:blank")
    quiet.open(path, address[1:])
    assert names(quiet) == ["10", "1"]


def test_the_keyboard_opens_a_row_with_formulas_and_programs(quiet: Browser, tmp_path: Path) -> None:
    quiet.open(made(tmp_path, MIXED))
    quiet.press("/")
    assert quiet.eval("document.activeElement.name") == "q"
    quiet.type("chrys")
    quiet.wait("document.querySelectorAll('tr.problem').length === 1")
    quiet.press("Escape")
    quiet.press("j")
    assert quiet.eval("document.activeElement.matches('tr.problem')")
    quiet.press("Enter")
    opened(quiet)
    assert quiet.eval("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert quiet.eval("document.querySelectorAll('.statement math msup').length") == 1
    assert quiet.eval("document.querySelectorAll('.statement .gold math mfrac').length") == 1
    assert quiet.eval("document.querySelectorAll('.ran pre.code .hl-built_in').length") >= 1
    assert quiet.eval("location.hash").endswith("open=small%2F2")
    assert quiet.eval("document.querySelector('.written .beside').textContent") == "the program: 1 line"
    quiet.press("Escape")
    assert quiet.eval("document.querySelector('.detail')") is None
    assert quiet.eval("document.activeElement.matches('tr.problem')")


def test_the_page_follows_the_system_and_the_switch(quiet: Browser, tmp_path: Path) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    quiet.scheme("dark")
    quiet.open(made(tmp_path, MIXED))
    dark = quiet.eval(colour)
    quiet.scheme("light")
    light = quiet.eval(colour)
    assert dark != light
    quiet.eval("document.getElementById('theme').click()")
    assert quiet.eval(colour) == dark
    assert quiet.eval("document.getElementById('theme').getAttribute('aria-pressed')") == "true"


def test_findings_are_marked_where_they_are(quiet: Browser, tmp_path: Path) -> None:
    words = "\U0001f600 good. bad bad bad. \U0001f600 odd term. $x$"
    findings = (
        Finding(kind="repetition", rule="loop", severity="hard", message="the same word", start=8, end=19),
        Finding(kind="term", rule="unattested", severity="soft", message="no source", start=22, end=30),
    )
    quiet.open(made(tmp_path, [record(text=words, findings=findings)]))
    quiet.eval("document.querySelector('tr.problem').click()")
    opened(quiet)
    marks = quiet.eval(
        "[...document.querySelectorAll('.written mark')].map(m => [m.className, m.textContent, m.title])"
    )
    assert marks == [
        ["hard", words[8:19], "1: the same word"],
        ["soft", words[22:30], "2: no source"],
    ]
    assert quiet.eval(
        "[...document.querySelectorAll('.written mark')].every(m => document.getElementById(m.getAttribute('aria-describedby')))"
    )
    assert quiet.eval("document.querySelectorAll('.written math').length") == 1


def test_hostile_text_is_only_text(quiet: Browser, tmp_path: Path) -> None:
    finding = Finding(kind="drift", rule=HOSTILE[:60], severity="hard", message=HOSTILE, start=5, end=400)
    lone = record(
        problem=HOSTILE,
        text=HOSTILE,
        findings=(finding,),
        answer=HOSTILE,
        category=HOSTILE,
        cause=HOSTILE,
        set_=HOSTILE,
    )
    failed = record(HOSTILE, "<b>s</b>", problem=HOSTILE, text=LONG, outcome="failed")
    failed = failed.model_copy(update={"failure": Failure(type=HOSTILE, message=HOSTILE, tries=2)})
    quiet.open(made(tmp_path, [lone, failed, record("9", text=LONG)]))
    for row in (0, 1, 2):
        quiet.eval(f"document.querySelectorAll('tr.problem')[{row}].click()")
        opened(quiet)
        quiet.eval("document.querySelectorAll('.detail details').forEach(d => { d.open = true })")
        quiet.eval("new Promise(r => setTimeout(r, 100))")
        quiet.eval("document.querySelectorAll('.detail details').forEach(d => { d.open = true })")
        if row == 0:
            assert "U+202E" in quiet.eval("document.querySelector('.written .text').textContent")
            assert "U+D800" in quiet.eval("document.querySelector('.detail').textContent")
            assert "</script>" in quiet.eval("document.querySelector('.written .text').textContent")
        quiet.press("Escape")
    assert quiet.eval("window.owned === undefined")
    assert quiet.eval("document.querySelectorAll('main img, main script, main style, main a[href]').length") == 0
    assert quiet.eval("getComputedStyle(document.body).display") == "block"


def test_printing_expands_what_is_open(quiet: Browser, tmp_path: Path) -> None:
    quiet.open(made(tmp_path, MIXED))
    quiet.eval("document.querySelector('tr.problem').click()")
    opened(quiet)
    quiet.eval("dispatchEvent(new Event('beforeprint'))")
    assert quiet.eval("[...document.querySelectorAll('.detail details')].every(d => d.open)")
    quiet.eval("dispatchEvent(new Event('afterprint'))")
    assert not quiet.eval("[...document.querySelectorAll('.detail details')].every(d => d.open)")
    quiet.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_five_thousand_problems_open(quiet: Browser, tmp_path: Path) -> None:
    words = "Let us write $x$ for the number and look at what follows from it. " * 12 + "\n```python\nprint(5/6)\n```"
    many = [
        record(str(number), strategy, text=words) for number in range(5000) for strategy in ("pot", "cot", "a", "b")
    ]
    path = made(tmp_path, many)
    seconds = quiet.open(path)
    print(f"5,000 problems, 4 strategies: {path.stat().st_size / 1e6:.1f} MB, {seconds:.2f} s until the table shows")
    assert 10 < len(names(quiet)) < 200
    quiet.press("j")
    quiet.press("End")
    quiet.wait("[...document.querySelectorAll('tr.problem .name bdi')].some(n => n.textContent === '4999')")
    quiet.press("Enter")
    opened(quiet)


def test_markup_escapes_and_shows_what_acts() -> None:
    assert text("<a href='x'>\u202e\x00\ud800") == "&lt;a href=&#x27;x&#x27;&gt;\\u202e␀\\ud800"
    assert element("p", "a<b", Markup("<i>"), None, class_='"') == '<p class="&quot;">a&lt;b<i></p>'
    assert (
        element("line", x1=1.0, y1=2.346, aria_hidden="true", hidden=False)
        == '<line x1="1" y1="2.35" aria-hidden="true"></line>'
    )
    element("p", HOSTILE).encode("utf-8")


def test_the_policy_allows_the_page_s_scripts_and_no_network() -> None:
    rules = policy(scripts())
    assert rules.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in rules
    assert "unsafe-inline" not in rules.split("style-src")[0]
    assert "@font-face" not in style()
    assert not re.search(r"url\((?![\"']data:|%23)", style())


def test_vendored_files_are_what_their_readme_says() -> None:
    folder = Path(sheet.__file__).parent / "vendor"
    rows = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (folder / "README.md").read_text(encoding="utf-8"), re.M)
    assert len(rows) == 6
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_scripts_and_styles_are_short() -> None:
    for path in (Path(sheet.__file__).parent / "assets").iterdir():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("5/6", "5/6"),
        ("-3", "-3"),
        ("+1.5e-3", "+1.5e-3"),
        ("-x", "'-x"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =cmd|' /C calc'!A0", "' =cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("\r1", "'\r1"),
        ("＝1", "'＝1"),
        ("-1)+cmd", "'-1)+cmd"),
        ("", ""),
    ],
)
def test_cells_are_no_formulas(cell: str, written: str) -> None:
    assert sheet.safe(cell) == written


def test_csv() -> None:
    file = io.StringIO(newline="")
    sheet.Sheet(file).add("run", record(answer='=HYPERLINK("x")', category="a,b\n\x00"))
    file.seek(0)
    (row,) = csv.DictReader(file)
    assert row["answer"] == '\'=HYPERLINK("x")'
    assert row["category"] == "a,b\n␀"
    assert (row["run"], row["outcome"], row["completion_tokens"], row["turns"]) == ("run", "right", "40", "2")


def test_offsets_are_counted_as_javascript_counts() -> None:
    assert [details.units("a\U0001f600b", offset) for offset in (0, 1, 2, 3)] == [0, 1, 3, 4]


def test_ticks_are_round() -> None:
    assert Scale(0.031, 0.87, 0, 100).ticks() == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert Scale(1, 8, 0, 100).ticks(8) == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8])
    assert Scale(5, 5, 0, 100).ticks() == [5]
    assert clipped("三角関数の応用", 60, 12) == "三角…応用"
    assert clipped("short", 60, 12) == "short"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["bench", "report", *arguments])
    out, err = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return stop.value.code, out, err


STRATEGIES = ("program", "hybrid", "cot")


def test_the_command_writes_a_page_markdown_and_csv(
    capsys: pytest.CaptureFixture[str], quiet: Browser, tmp_path: Path
) -> None:
    folder = synthetic.write_run(tmp_path / "a run", problems=60, strategies=STRATEGIES)
    files = [str(tmp_path / name) for name in ("r.html", "r.md", "r.csv")]
    code, out, err = run(capsys, str(folder), "--out", files[0], "--markdown", files[1], "--csv", files[2], "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["paths"] == dict(zip(("html", "markdown", "csv"), files, strict=True))
    assert told["problems"] == 60
    assert [one["name"] for one in told["contenders"]] == list(STRATEGIES)
    assert len(told["comparisons"]) == 3
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["r.csv", "r.html", "r.md"]

    with Path(files[2]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 180
    right = sum(row["outcome"] == "right" for row in rows if row["strategy"] == "cot")
    assert right == told["contenders"][2]["right"]

    tables = Path(files[1]).read_text(encoding="utf-8")
    assert f"| cot | {told['contenders'][2]['accuracy']['value']:.1%} |" in tables
    assert cell(told["comparisons"][0]["sentence"]) in tables
    assert "| number theory |" in tables

    quiet.open(Path(files[0]))
    titles = quiet.eval("[...document.querySelectorAll('.chart h3')].map(n => n.textContent)")
    assert titles == [
        "Accuracy",
        "What came of the problems",
        "Accuracy against tokens",
        "Accuracy by turn",
        "More attempts: maj@k and pass@k",
        "Accuracy when unsure answers are withheld",
        "Accuracy by category",
        "Accuracy by level",
        "Accuracy by language",
    ]
    assert quiet.eval("document.querySelectorAll('.card').length") == 3
    assert quiet.eval("[...document.querySelectorAll('.plot svg')].every(n => n.querySelector('desc').textContent)")
    assert quiet.eval("document.querySelectorAll('.sentences li').length") == 3
    assert "made-up-1.5b on made" in quiet.eval("document.querySelector('h1').textContent")
    assert quiet.eval("document.querySelector('main').innerHTML.includes('NaN')") is False
    quiet.eval("document.querySelector('tr.problem').click()")
    opened(quiet)
    assert quiet.eval("document.querySelectorAll('details.result').length") == 3
    assert quiet.eval("document.querySelectorAll('details.attempt').length") == 4


def test_several_runs_stand_side_by_side(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folders = [synthetic.write_run(tmp_path / name, problems=10, strategies=("program",)) for name in ("old", "new")]
    elsewhere = synthetic.write_run(tmp_path / "other", problems=10, sets=("another",))
    code, out, _ = run(capsys, *map(str, folders), "--out", str(tmp_path / "r.html"), "--json")
    told = json.loads(out)
    assert code == 0
    assert [one["name"] for one in told["contenders"]] == ["old:program", "new:program"]
    assert told["problems"] == 10
    assert "agree on every one" in told["comparisons"][0]["sentence"]
    code, out, _ = run(capsys, str(folders[0]), str(elsewhere), "--out", str(tmp_path / "r.html"), "--json")
    told = json.loads(out)
    assert (code, told["problems"]) == (0, 20)
    assert [(one["a"], one["b"]) for one in told["comparisons"]] == [("other:program", "other:hybrid")]


def test_a_run_without_texts_is_reported_without_details(
    capsys: pytest.CaptureFixture[str], quiet: Browser, tmp_path: Path
) -> None:
    folder = synthetic.write_run(tmp_path / "run", problems=8, texts=False)
    page_file = tmp_path / "r.html"
    assert run(capsys, str(folder), "--out", str(page_file))[0] == 0
    quiet.open(page_file)
    quiet.eval("document.querySelector('tr.problem').click()")
    opened(quiet)
    assert "left out" in quiet.eval("document.querySelector('.statement').textContent")
    (folder / "results.jsonl").unlink()
    (folder / "manifest.json").unlink()
    assert run(capsys, str(folder), "--out", str(page_file))[0] == 0
    quiet.open(page_file)
    assert len(names(quiet)) == 8


def test_what_is_no_run_is_said_in_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good = synthetic.write_run(tmp_path / "good", problems=3)
    empty = tmp_path / "empty"
    empty.mkdir()
    broken = synthetic.write_run(tmp_path / "broken", problems=3)
    (broken / "manifest.json").write_text("{", encoding="utf-8")
    for arguments, says in (
        ([str(tmp_path / "nowhere")], "no folder"),
        ([str(empty)], "is not a run"),
        ([str(broken)], "is no manifest"),
        ([str(good), "--out", str(tmp_path / "no" / "r.html")], "cannot be written"),
        ([str(good), "--out", str(good / "results.jsonl")], "a file of the run itself"),
        ([str(good), "--out", str(tmp_path / "r"), "--csv", str(tmp_path / "r")], "same name"),
        ([str(good), "--out", "/dev/null"], "no ordinary file"),
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "")
        assert says in err, err
        assert "Traceback" not in err
    assert not list(tmp_path.glob(".*"))


def test_a_broken_line_is_named_and_the_rest_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = synthetic.write_run(tmp_path / "run", problems=3)
    with (folder / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"version": 1}\n{"version"')
    code, _, err = run(capsys, str(folder), "--out", str(tmp_path / "r.html"))
    assert code == 0
    assert err.count("line 7 is no record") == 1


def test_markdown_means_only_its_own_marks() -> None:
    assert cell("a|b\n<b>&*x*`y`\u202e") == "a\\|b &lt;b&gt;&amp;\\*x\\*\\`y\\`\\\\u202e"
