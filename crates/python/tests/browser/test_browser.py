"""JupyterLab in a headless browser: what a user of the magics sees. Screenshots in target/browser."""

import re
import shutil
import time
from pathlib import Path

import pytest
from lab import Notebook, jupyterlab, write_notebook

for module in ("jupyterlab", "playwright"):
    pytest.importorskip(
        module, reason=f"{module} is not installed: tests/browser.sh runs this with all it needs"
    )
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no chromium on this machine: apt install chromium", allow_module_level=True)

PACKAGE = Path(__file__).parents[2] / "python"
SHOTS = Path(__file__).parents[4] / "target" / "browser"
PREPARE = """\
import os
import hepframe as hf
os.makedirs("many")
hf.write_demo("many/0.root", 200_000)
for number in range(1, 500):
    os.link("many/0.root", f"many/{number}.root")
events = hf.read("many/0.root:Events")
%load_ext hepframe
print("prepared")"""
TABLE = """\
%%hep
SELECT nMuon, count(*) AS events, avg(MET_pt) AS met FROM events GROUP BY nMuon ORDER BY nMuon"""
PLOT = """\
%%hep
SELECT h1(MET_pt, 100, 0, 200) AS all_events,
       h1(MET_pt, 100, 0, 200) FILTER (WHERE nMuon = 2) AS two_muons FROM events"""
# A hundred million events with some ten triples each: a minute or more on any machine.
LONG = """\
%%hep
SELECT sum(count((triple.a + triple.b + triple.c).mass > 100)) AS n
FROM (SELECT cartesian(Jet, Jet, Jet) AS triple FROM 'many/*.root:Events')"""
GOES_ON = "%hep SELECT count(*) AS rows_after FROM events"
ERROR = "%hep SELECT MET_pd FROM events"
TYPED = "%hep SELECT MET_ FROM events"
CELLS = [PREPARE, TABLE, PLOT, LONG, GOES_ON, ERROR, TYPED]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("lab")
    write_notebook(folder / "demo.ipynb", CELLS)
    SHOTS.mkdir(parents=True, exist_ok=True)
    with jupyterlab(folder, PACKAGE) as server, sync_playwright() as playwright:
        # Chromium refuses its sandbox to root; containers have little shared memory.
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        opened = Notebook(page, server, "demo.ipynb")
        assert "prepared" in opened.run(CELLS.index(PREPARE)).inner_text()
        yield opened
        browser.close()


def shot(notebook, name, cell):
    """Keeps what is seen."""
    notebook.cell(cell).scroll_into_view_if_needed()
    notebook.page.screenshot(path=SHOTS / f"{name}.png")


def test_an_answer_is_a_table_under_the_cell(notebook):
    place = CELLS.index(TABLE)
    output = notebook.run(place)
    shot(notebook, "table", place)
    assert output.locator("table.hepframe-table tbody tr").count() == 5
    assert "int32" in output.inner_text()
    assert output.locator(".hepframe-progress").count() == 0


def test_a_row_of_histograms_is_a_plot(notebook):
    place = CELLS.index(PLOT)
    output = notebook.run(place)
    output.locator("img.hepframe-plot").wait_for()
    shot(notebook, "plot", place)
    assert output.locator("img.hepframe-plot").evaluate("image => image.naturalWidth") > 400


def test_progress_moves_the_stop_button_ends_the_query_and_the_session_goes_on(notebook):
    from playwright.sync_api import expect

    place = CELLS.index(LONG)
    notebook.start(place)
    progress = notebook.output(place).locator(".hepframe-progress")
    expect(progress.locator("progress")).to_be_visible(timeout=30_000)
    expect(progress).to_contain_text("0 %")
    expect(progress).to_contain_text(re.compile(r"[1-9]\d* %"), timeout=90_000)
    expect(progress).to_contain_text("stops it")
    shot(notebook, "progress", place)

    stopped = time.monotonic()
    notebook.page.get_by_role("button", name=re.compile("^Interrupt the kernel")).click()
    notebook.wait_done(place)
    seconds = time.monotonic() - stopped
    output = notebook.output(place)
    expect(output).to_contain_text("interrupted after")
    expect(output).to_contain_text("KeyboardInterrupt: the query was stopped")
    shot(notebook, "interrupted", place)
    (SHOTS / "interrupt.txt").write_text(f"the query ended {seconds:.2f} s after the click\n")

    after = notebook.run(CELLS.index(GOES_ON))
    assert "200000" in after.inner_text()


def test_an_error_is_one_message_with_a_suggestion(notebook):
    place = CELLS.index(ERROR)
    text = notebook.run(place).inner_text()
    shot(notebook, "error", place)
    assert text.startswith("UnknownColumn")
    assert "MET_pt" in text
    assert "Traceback" not in text


def test_tab_offers_columns(notebook):
    from playwright.sync_api import expect

    place = CELLS.index(TYPED)
    notebook.cell(place).locator(".cm-content").click()
    notebook.page.keyboard.press("Home")
    for _ in range(TYPED.index(" FROM")):
        notebook.page.keyboard.press("ArrowRight")
    notebook.page.keyboard.press("Tab")
    offers = notebook.page.locator(".jp-Completer-item")
    expect(offers.filter(has_text="MET_phi")).to_be_visible(timeout=30_000)
    shot(notebook, "completion", place)
    notebook.page.keyboard.press("Escape")
