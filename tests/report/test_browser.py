"""The dialogue browser of report.html in real Chromium: chosen from, followed, driven by keys, read by anybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from evals.report.write import write_report
from evals.types import Message
from tests.report.devtools import Browser, chromium, missing

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / ".tools" / "node_modules" / "axe-core" / "axe.min.js"
READY = "document.documentElement.dataset.browser === 'ready'"
COUNT = "document.querySelector('#browser output').textContent"
IDS = "JSON.stringify([...document.querySelectorAll('#browser .rows .id')].map((each) => each.textContent))"
OPEN = "document.querySelector('#browser .dialogue h3')?.textContent ?? null"
ATTACK = (
    "<img src=x onerror=alert(1)></script><script>alert('owned')</script> \u202eevil \u200b \ud83d =cmd {{x}} \\input"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this file."""
    folder = tmp_path_factory.mktemp("browser")
    with Browser(chromium(), folder / "profile", downloads=folder / "downloads") as opened:
        yield opened


def opened(browser: Browser, folder: Path, made: Any, fragment: str = "") -> Browser:
    """The browser showing the report of a made-up run, at desktop width, once it can be used."""
    write_report(folder, made.run, lambda: made.outcomes, made.messages.get, ("html",))
    return at(browser, (folder / "report.html").as_uri() + fragment)


def at(browser: Browser, address: str) -> Browser:
    browser.complaints.clear()
    browser.resize(1280, 900)
    browser.open("about:blank")  # or a change of fragment would load nothing
    browser.open(address)
    browser.wait_until(READY)
    return browser


def choose(browser: Browser, name: str, value: str) -> list[str]:
    """Sets a field of the form and returns the ids left, in the order shown."""
    field = f"document.querySelector('#browser form').elements.{name}"
    browser.evaluate(
        f"{field}.value = {json.dumps(value)}; {field}.dispatchEvent(new Event('change', {{bubbles: true}}))"
    )
    return ids(browser)


def ids(browser: Browser) -> list[str]:
    browser.evaluate("new Promise((done) => setTimeout(done))")  # what was asked for is drawn in the next turn
    found: list[str] = json.loads(browser.evaluate(IDS))
    return found


def search(browser: Browser, text: str) -> list[str]:
    """Types into the search field and waits until the list has settled."""
    field = "document.querySelector('#browser form').elements.text"
    typed = f"{field}.value = {json.dumps(text)}; {field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    browser.evaluate(f"new Promise((done) => {{ {typed}; setTimeout(done, 300) }})")
    return ids(browser)


def test_the_list_is_chosen_from(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """Outcome, kind, language, label and text narrow the list together; the worst stands first and is open."""
    opened(browser, tmp_path, made_up)
    everything = ids(browser)
    assert everything[:2] == ["golden/en/pin", "golden/en/flat-hunt"]
    assert browser.evaluate(COUNT) == f"{len(made_up.outcomes)} of {len(made_up.outcomes)} dialogues"
    assert browser.evaluate(OPEN) == "golden/en/pin"
    browser.evaluate("document.querySelector('#browser button.missed').click()")
    missed = ids(browser)
    assert "golden/en/flat-hunt" not in missed
    assert {"golden/en/pin", "golden/zh/搬家", "golden/zh/过敏", "golden/en/timeout"} <= set(missed)
    assert choose(browser, "kind", "1") == ["golden/zh/过敏"]
    assert choose(browser, "kind", "") == missed
    assert choose(browser, "language", "zh") == [each for each in missed if each.startswith("golden/zh")]
    assert choose(browser, "label", "health") == ["golden/zh/过敏"]
    browser.evaluate("document.querySelector('#browser button[type=reset]').click()")
    browser.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert ids(browser) == everything
    assert search(browser, "花生") == ["golden/zh/过敏"]
    assert search(browser, "COLTRANE") == ["golden/en/pin"]
    assert search(browser, "no such words") == []
    assert browser.complaints == []


def test_an_address_opens_a_dialogue(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """The fragment names it; a click changes the fragment, going back brings the other one back."""
    opened(browser, tmp_path, made_up, "#dialogue/golden%2Fzh%2F%E6%90%AC%E5%AE%B6")
    assert browser.evaluate(OPEN) == "golden/zh/搬家"
    browser.evaluate("document.querySelector('#browser .rows a').click()")
    browser.wait_until(f"({OPEN}) === 'golden/en/pin'")
    assert browser.evaluate("location.hash") == "#dialogue/golden%2Fen%2Fpin"
    browser.evaluate("history.back()")
    browser.wait_until(f"({OPEN}) === 'golden/zh/搬家'")
    browser.evaluate("location.hash = '#dialogue/nowhere'")
    browser.wait_until("document.querySelector('.open-dialogue').textContent.includes('no dialogue nowhere')")
    browser.evaluate("location.hash = '#dialogue/%E0%A4%A'")  # no UTF-8
    browser.wait_until("document.querySelector('.open-dialogue').textContent.includes('no dialogue #dialogue')")
    assert browser.complaints == []


def test_the_worst_dialogues_are_a_click_away(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """Links at the top open them in the browser below, whatever stands in an id, and bring them into view."""
    strange = f"golden/100% (a'b)!*~/{ATTACK}"
    first, second, *rest = made_up.outcomes
    said = {**made_up.messages, strange: (Message(role="user", content="hello"),)}
    renamed = replace(made_up, outcomes=(first, replace(second, id=strange, repeat=1), *rest), messages=said)
    opened(browser, tmp_path, renamed)
    links = "[...document.querySelectorAll('.look a')]"
    names = json.loads(browser.evaluate(f"JSON.stringify({links}.map((each) => each.textContent))"))
    assert len(names) > 3
    for place, name in enumerate(names):
        browser.evaluate(f"{links}[{place}].click()")
        browser.wait_until(f"({OPEN} ?? '').startsWith({json.dumps(name)})")
        browser.wait_until("(document.querySelector('.dialogue')?.getBoundingClientRect().top ?? -1) >= 0")
        browser.wait_until("document.querySelector('.dialogue').getBoundingClientRect().top < innerHeight")
    assert any("100% (a'b)" in name for name in names)
    assert browser.complaints == []


def test_keys_alone_suffice(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """j and k walk the list, / goes to the search, Escape empties it; arrows walk inside the list."""
    opened(browser, tmp_path, made_up)
    order = ids(browser)
    browser.press("j")
    browser.wait_until(f"({OPEN}) === {json.dumps(order[1])}")
    browser.press("k")
    browser.wait_until(f"({OPEN}) === {json.dumps(order[0])}")
    browser.evaluate("document.querySelector('#browser .rows a').focus()")
    browser.press("ArrowDown")
    browser.wait_until(f"({OPEN}) === {json.dumps(order[1])}")
    browser.wait_until("document.activeElement.ariaCurrent === 'true'")
    browser.press("/")
    assert browser.evaluate("document.activeElement.name") == "text"
    browser.press("j")
    assert browser.evaluate("document.activeElement.value") == "j"
    browser.press("Escape")
    assert browser.evaluate("document.querySelector('#browser form').elements.text.value") == ""
    assert browser.complaints == []


def test_evidence_is_marked(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """The words gold rests on are marked in their message, and a memory lights up its messages."""
    quoted = "we move into the flat"
    first = made_up.outcomes[0]
    outcome = replace(first, gold=(replace(first.gold[0], evidence_text=quoted), *first.gold[1:]))
    opened(browser, tmp_path, replace(made_up, outcomes=(outcome,)))
    assert browser.evaluate("document.querySelector('.dialogue mark').textContent") == quoted
    browser.evaluate("document.querySelector('.dialogue .pair button').focus()")
    assert browser.evaluate("document.querySelector('.dialogue .turn.lit')?.dataset.turn") == "0"
    assert browser.evaluate("document.querySelectorAll('.dialogue .pair').length") == 4
    signs = "JSON.stringify([...document.querySelectorAll('.dialogue .state')].map((each) => each.textContent))"
    assert json.loads(browser.evaluate(signs)) == ["≠ value error", "+ extra grounded", "✓ correct", "✓ correct"]


def test_a_dispute_outlives_looking_elsewhere(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """Gold disputed in the browser is still disputed after another dialogue was open."""
    outcomes = tuple(replace(outcome, in_hash="00") for outcome in made_up.outcomes)
    opened(browser, tmp_path, replace(made_up, outcomes=outcomes))
    browser.evaluate("document.querySelector('.dialogue button.dispute').click()")
    browser.evaluate("document.querySelector('.dialogue .dispute-form button').click()")
    button = "document.querySelector('.dialogue button.dispute').textContent"
    assert "disputed" in browser.evaluate(button)
    browser.press("j")
    browser.wait_until(f"({OPEN}) === 'golden/en/flat-hunt'")
    assert browser.evaluate(button) == "gold is wrong"
    browser.press("k")
    browser.wait_until(f"({OPEN}) === 'golden/en/pin'")
    assert "disputed" in browser.evaluate(button)
    browser.evaluate(f"{button.removesuffix('.textContent')}.click()")  # or leaving would be asked about


def large(many: Callable[[int], Any]) -> Any:
    """A run that does not fit into one page."""
    made = many(3000)
    talk = Message(role="assistant", content="And so it went on, for a while. " * 60)
    return replace(made, messages={key: (*said, talk, talk) for key, said in made.messages.items()})


def test_a_large_report_reads_files_beside_it(browser: Browser, many: Callable[[int], Any], tmp_path: Path) -> None:
    """Rows that do not fit stand in files; they are opened, searched through, and missed openly where one is gone."""
    made = large(many)
    opened(browser, tmp_path, made)
    files = sorted(tmp_path.glob("report-data-*.js"))
    assert len(files) > 4
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    assert max(path.stat().st_size for path in files) < 1_100_000
    assert "'strict-dynamic'" in (tmp_path / "report.html").read_text("utf-8")
    assert browser.evaluate(COUNT) == "3,000 of 3,000 dialogues"
    browser.evaluate("location.hash = '#dialogue/golden%2F02999'")
    browser.wait_until(f"({OPEN}) === 'golden/02999'")
    search(browser, "花生")
    browser.wait_until(f"({COUNT}) === '375 of 3,000 dialogues'")
    assert browser.complaints == []
    files[-1].unlink()
    at(browser, (tmp_path / "report.html").as_uri())
    assert "does not stand beside this page" in browser.evaluate(COUNT + " + document.body.textContent")


def test_a_smaller_report_takes_its_files_away(many: Callable[[int], Any], tmp_path: Path) -> None:
    """No file of an earlier, larger report stays beside a page that does not read it."""
    for made, files in ((large(many), True), (many(20), False)):
        write_report(tmp_path, made.run, lambda made=made: made.outcomes, made.messages.get, ("html",))
        assert bool(list(tmp_path.glob("report-data-*.js"))) == files


def test_hostile_text_is_text(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """Markup, hidden characters and a line of a megabyte are shown, cut, and never run."""
    outcomes = tuple(
        replace(
            outcome,
            id=f"{ATTACK}/{place}",
            labels=(ATTACK,),
            gold=tuple(replace(item, text=ATTACK, gid=ATTACK, evidence_text=ATTACK) for item in outcome.gold),
            predicted=tuple(replace(item, text=ATTACK * 20_000) for item in outcome.predicted),
        )
        for place, outcome in enumerate(made_up.outcomes)
    )
    said = {outcome.id: (Message(role="user", content=ATTACK),) for outcome in outcomes}
    opened(browser, tmp_path, replace(made_up, outcomes=outcomes, messages=said))
    shown = "<img src=x onerror=alert(1)></script><script>alert('owned')</script> ⟨U+202E⟩evil ⟨U+200B⟩ ⟨U+D83D⟩"
    text = browser.evaluate("document.querySelector('.dialogue').textContent")
    assert text.count(shown) > 3
    assert "characters in all" in text
    assert browser.evaluate("document.querySelectorAll('img, #browser script').length") == 0
    assert search(browser, "onerror=alert(1)") != []
    assert browser.complaints == []


def test_a_page_opens_at_its_top(browser: Browser, made_up: Any, tmp_path: Path) -> None:
    """The open dialogue is marked in the list without the page moving."""
    opened(browser, tmp_path, made_up)
    assert browser.evaluate("scrollY") == 0
    assert browser.evaluate("document.querySelector('#browser [aria-current] .id').textContent") == "golden/en/pin"


def test_a_comparison_stands_side_by_side(browser: Browser, tmp_path: Path) -> None:
    """Two real runs: changes are filtered by sort and direction, sides put aside and brought back, all of it text."""
    words = ["dataset.limit=40", "report.formats=[]", "controls=[]", "--out", str(tmp_path)]
    for name in ("control_echo", "baseline"):
        assert main(["run", f"extractor={name}", "--name", name, *words]) == 0
    page = tmp_path / "pages" / "diff.html"
    page.parent.mkdir()
    compare = ["compare", "control_echo", "baseline", "--reports", str(tmp_path)]
    assert main([*compare, "--format", "html"]) == 2
    assert main([*compare, "--format", "html", "--out", str(page)]) == 0
    at(browser, page.as_uri())
    assert browser.evaluate(COUNT) == "40 of 40 dialogues"
    browser.evaluate("document.querySelector('#browser button.lost-worse').click()")
    lost = ids(browser)
    assert 0 < len(lost) < 40
    assert "▼ lost" in browser.evaluate("document.querySelector('.dialogue').textContent")
    every = "[...document.querySelectorAll('.dialogue .pair:first-child h5')].map((e) => e.innerText.split(' ')[0])"
    seen = "[...document.querySelectorAll('.dialogue .pair:first-child .side')].filter((e) => e.offsetWidth).length"
    assert json.loads(browser.evaluate(f"JSON.stringify({every})")) == ["Gold", "control_echo", "baseline"]
    assert browser.evaluate(seen) == 3
    browser.evaluate("document.querySelectorAll('.sides-shown button')[1].click()")
    assert browser.evaluate(seen) == 2
    browser.evaluate("document.querySelectorAll('.sides-shown button')[1].click()")
    assert browser.evaluate(seen) == 3
    assert browser.complaints == []
    check_axe(browser)


def check_axe(browser: Browser) -> None:
    """axe-core finds nothing serious in the page as it is shown."""
    if not AXE.is_file():
        missing(f"{AXE} is not there (make test-slow fetches it): accessibility was not checked", "axe")
    browser.evaluate(AXE.read_text("utf-8") + "; undefined")
    found = json.loads(browser.evaluate("axe.run().then((all) => JSON.stringify(all.violations))"))
    told = [(each["impact"], each["id"], [node["html"][:90] for node in each["nodes"]][:3]) for each in found]
    assert [each for each in told if each[0] in ("serious", "critical")] == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_nothing_stands_in_a_readers_way(
    browser: Browser, made_up: Any, tmp_path: Path, width: int, dark: bool
) -> None:
    """axe-core finds nothing serious, in both themes and on a phone, and no page is wider than its window."""
    opened(browser, tmp_path, made_up)
    browser.resize(width, 900, dark=dark)
    check_axe(browser)
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
