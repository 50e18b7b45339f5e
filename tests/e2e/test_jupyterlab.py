"""The first tutorial in JupyterLab: what a data scientist sees and clicks."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from .lab import DARK, LIGHT, Notebook

SERVE, STATUS, SEND = "%seldon serve IrisClassifier", "%seldon status", "%%seldon send predict"

CONTRAST = """element => {
    const parsed = colour => colour.match(/[\\d.]+/g).map(Number);
    const over = (top, below) => {
        const alpha = top[3] ?? 1;
        return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha));
    };
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.unshift(each);
    const style = getComputedStyle;
    const under = (below, each) => over(parsed(style(each).backgroundColor), below);
    const behind = layers.reduce(under, [255, 255, 255]);
    const opacity = layers.reduce((product, each) => product * style(each).opacity, 1);
    const ink = over([...parsed(style(element).color).slice(0, 3), opacity], behind);
    const light = colour => colour.map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const [dim, bright] = [light(ink), light(behind)].sort((a, b) => a - b);
    return (bright + 0.05) / (dim + 0.05);
}"""
"""How much an element's letters stand out from what is behind them; 4.5 is what WCAG asks for."""


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def themed(request: pytest.FixtureRequest, notebook: Notebook) -> Iterator[Notebook]:
    notebook.wear(request.param)
    yield notebook
    notebook.wear(LIGHT)


def rest_of(notebook: Notebook) -> str:
    shown = notebook.output(SERVE).inner_text()
    return re.findall(r"http://127\.0\.0\.1:\d+", shown)[0]


def follow(notebook: Notebook, link: Locator) -> Page:
    """Click a link that opens a page of its own."""
    with notebook.page.context.expect_page() as opened:
        link.click()
    page: Page = opened.value
    page.wait_for_load_state()
    return page


def test_every_cell_above_the_last_was_run_without_an_error(notebook: Notebook) -> None:
    expect(notebook.page.locator(".jp-OutputArea-output[data-mime-type*=error]")).to_have_count(0)
    expect(notebook.page.locator(".jp-RenderedHTML")).to_have_count(6)


@pytest.mark.parametrize(
    ("link", "path", "said"),
    [
        ("health", "/health/status", '"strData":"healthy"'),
        ("metadata", "/metadata", '"versions"'),
        ("metrics", "/metrics", "iris_predictions_total"),
    ],
)
@pytest.mark.parametrize("cell", [SERVE, STATUS], ids=["card", "status"])
def test_a_link_opens_a_page_that_says(
    notebook: Notebook, cell: str, link: str, path: str, said: str
) -> None:
    page = follow(notebook, notebook.output(cell).get_by_role("link", name=link))
    assert page.url == rest_of(notebook) + path
    assert said in page.inner_text("body").replace(" ", "")
    page.close()


def test_the_curl_line_is_selected_whole_by_one_click(notebook: Notebook) -> None:
    line = notebook.output(SERVE).locator("code", has_text="curl")
    line.scroll_into_view_if_needed()
    line.click()
    selected = notebook.page.evaluate("() => window.getSelection().toString()")
    assert selected == line.inner_text()
    assert "\n" not in selected
    payload = selected.split(" -d ")[1].strip("'")
    assert json.loads(payload) == {"data": {"ndarray": [[1.0, 1.0, 1.0, 1.0]]}}


def test_the_status_is_a_table_with_what_was_counted(notebook: Notebook) -> None:
    rows = notebook.output(STATUS).locator("tr")
    expect(rows).to_have_count(2)
    head, row = (rows.nth(place).locator("th, td").all_inner_texts() for place in (0, 1))
    told = dict(zip(head, row, strict=True))
    assert told["name"] == "IrisClassifier"
    assert (told["requests"], told["errors"], told["doing now"]) == ("3", "0", "idle")
    assert told["REST"].startswith(rest_of(notebook))


def test_a_reply_is_shown_line_by_line(notebook: Notebook) -> None:
    shown = notebook.output(SEND).inner_text()
    assert '"names": ["setosa", "versicolor", "virginica"]' in shown
    assert re.search(r"200 in [\d.]+ ms", shown)


@pytest.mark.parametrize("cell", [SERVE, STATUS, SEND], ids=["card", "status", "reply"])
def test_everything_is_legible_in_both_themes(themed: Notebook, cell: str) -> None:
    pieces = themed.output(cell).locator("b, span, th, td, a, code, pre")
    assert pieces.count() >= 2
    for piece in pieces.all():
        assert piece.evaluate(CONTRAST) >= 4.5, piece.inner_text()


@pytest.mark.parametrize("width", [700, 1400])
def test_nothing_is_cut_off_in_a_narrow_window(notebook: Notebook, width: int) -> None:
    notebook.page.set_viewport_size({"width": width, "height": 1000})
    try:
        for cell in (SERVE, SEND):
            shown = notebook.output(cell)
            assert shown.evaluate("shown => shown.scrollWidth <= shown.clientWidth"), cell
        table = notebook.output(STATUS).locator("div").last  # this one is scrolled
        assert table.evaluate("shown => getComputedStyle(shown).overflowX") == "auto"
    finally:
        notebook.page.set_viewport_size({"width": 1400, "height": 1000})


def test_tab_offers_what_can_be_served(notebook: Notebook) -> None:
    notebook.select("%seldon stop")
    notebook.command("notebook:insert-cell-below")
    notebook.command("notebook:enter-edit-mode")
    notebook.page.keyboard.type("%seldon serve Ir")
    notebook.page.keyboard.press("Tab")
    expect(notebook.page.locator(".jp-Completer-item")).to_have_text(re.compile("IrisClassifier.*class"))
    notebook.page.keyboard.press("Enter")
    expect(notebook.page.locator(".jp-Notebook .jp-CodeCell").last).to_contain_text(SERVE)
    notebook.page.keyboard.press("Escape")
    notebook.command("notebook:delete-cell")
