"""GraphiQL and the plain page in Chromium, against the real server; screenshots go to `var/browser`."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from api.graphiql import DIST, UI

COMMAND = [str(Path(sys.executable).with_name("convene")), "serve"]
START_LIMIT_S = 60
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CLAIM = """mutation { assertClaim(input: {
  subject: "Organization:1", property: "EMPLOYEES", citations: [], value: {quantity: {value: 40, unit: "employee"}}
}) { __typename } }"""
TABS = "[id^=graphiql-session-tab-]"
SCREENSHOTS = UI.parents[1] / "var/browser"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[str]:
    """Yield the address of a server with its own data directory. Asserts that it stops cleanly."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    # Ignore a database or Redis that the developer's shell names.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")}
    env = inherited | {
        "CONVENE_HOST": "127.0.0.1",
        "CONVENE_PORT": str(port),
        "CONVENE_DATA_DIR": str(data_dir),
    }
    with subprocess.Popen(COMMAND, env=env) as process:
        try:
            _wait_until_ready(process, url)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                status = process.wait(timeout=30)
            finally:
                process.kill()
        assert status == 0


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{COMMAND} ended with {process.returncode} before it was ready"
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"{url}/readyz was not 200 within {START_LIMIT_S} s")


@pytest.fixture
def page(server: str) -> Iterator[Page]:
    """Yield a page in a fresh profile. Fails if the page logs an error or contacts another host."""
    problems: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=server, viewport={"width": 1440, "height": 900})
        page.set_default_timeout(30_000)
        # Chromium reports violations of the content security policy, and responses such as 404, as console errors.
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: None if _is_local(request.url, server) else problems.append(request.url))
        yield page
        browser.close()
    assert problems == []


def _is_local(url: str, server: str) -> bool:
    return url.startswith((f"{server}/", "data:", "blob:"))


@pytest.fixture
def graphiql(page: Page) -> Page:
    assert (DIST / "index.html").is_file(), f"{DIST} has no index.html: run `make ui`"
    page.goto("/graphiql")
    # GraphiQL ignores its buttons until its editors have loaded.
    page.get_by_role("region", name="Variables").get_by_text("partnership-on-ai").wait_for()
    return page


@pytest.fixture
def plain(page: Page) -> Page:
    """Return the plain page, served with the headers of the build. Everything else comes from the server."""

    def fulfill(route: Route) -> None:
        route.fulfill(response=route.fetch(), body=(UI / "fallback.html").read_text())

    page.route("**/graphiql", fulfill)
    page.goto("/graphiql")
    return page


def test_the_ready_page_query_runs(graphiql: Page) -> None:
    expect(graphiql).to_have_title("Convene · GraphiQL")
    expect(graphiql.locator(TABS)).to_have_text(["Page", "Metrics", "Contradictions", "WhatIf"])
    graphiql.get_by_role("button", name="Execute query").click()
    graphiql.locator(".graphiql-response").get_by_text("Partnership on AI").first.wait_for()
    graphiql.screenshot(path=SCREENSHOTS / "graphiql.png")


def test_the_explorer_opens_at_its_top_and_edits_the_query(graphiql: Page) -> None:
    graphiql.get_by_role("button", name="Show GraphiQL Explorer").click()
    fields = graphiql.locator(".graphiql-explorer-root")
    fields.get_by_text("isConvener").first.wait_for()
    expect(graphiql.get_by_text("Explorer", exact=True)).to_be_in_viewport(ratio=1)
    graphiql.screenshot(path=SCREENSHOTS / "explorer.png")
    fields.get_by_text("headquarters", exact=True).first.click()
    # The explorer formats the query again and drops the comments.
    expect(graphiql.locator(".graphiql-query-editor").get_by_text("# The one query")).to_have_count(0)
    with graphiql.expect_request("**/graphql") as sent:
        graphiql.get_by_role("button", name="Execute query").click()
    assert "headquarters" in (sent.value.post_data or "")


def test_queries_and_variables_survive_a_reload(graphiql: Page) -> None:
    # GraphiQL stores its tabs half a second after a change. A reload before that counts as another first visit.
    graphiql.wait_for_timeout(1_000)
    assert graphiql.evaluate("localStorage.getItem('graphiql:tabState')")
    graphiql.reload()
    graphiql.get_by_role("region", name="Variables").get_by_text("partnership-on-ai").wait_for()
    expect(graphiql.locator(TABS)).to_have_text(["Page", "Metrics", "Contradictions", "WhatIf"])


def test_a_subscription_shows_a_new_number_as_it_is_written(graphiql: Page, server: str, data_dir: Path) -> None:
    key = (data_dir / "admin.key").read_text().strip()
    _type(graphiql, 'subscription Live { metricChanged(keys: ["revenue_per_employee"]) { value { value } } }')
    # Until GraphiQL has parsed the typed text, it would send the previous operation.
    expect(graphiql.locator(TABS).first).to_have_text("Live")
    graphiql.get_by_role("button", name="Execute query").click()
    _until_subscribed(server)
    claim = {"query": CLAIM}
    written = httpx.post(f"{server}/graphql", json=claim, headers={"Authorization": f"Bearer {key}"}).json()
    assert written["data"]["assertClaim"]["__typename"] == "AssertClaimSuccess"
    expect(graphiql.locator(".graphiql-response")).to_contain_text('"value": "165000"', timeout=15_000)
    graphiql.screenshot(path=SCREENSHOTS / "subscription.png")
    graphiql.get_by_role("button", name="Stop query").click()


def _type(page: Page, query: str) -> None:
    """Replace the editor's text with the query."""
    page.locator(".graphiql-query-editor .monaco-editor").click()
    page.keyboard.press("Control+A")
    # Paste it, because the editor closes typed brackets.
    page.keyboard.insert_text(query)


def _until_subscribed(server: str) -> None:
    deadline = time.monotonic() + 15
    while (
        'convene_request_seconds_count{kind="subscription",outcome="data"} 1.0'
        not in httpx.get(f"{server}/metrics").text
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_plain_page_runs_a_query_from_the_keyboard(plain: Page) -> None:
    expect(plain.get_by_label("Query", exact=True)).to_have_value((UI / "src/queries/page.graphql").read_text())
    plain.get_by_label("Query", exact=True).press("Control+Enter")
    expect(plain.get_by_role("status")).to_contain_text("200 in")
    expect(plain.get_by_role("region", name="Result")).to_contain_text('"name": "Partnership on AI"')
    plain.screenshot(path=SCREENSHOTS / "plain.png")


def test_the_plain_page_sends_the_key(plain: Page, data_dir: Path) -> None:
    key = (data_dir / "admin.key").read_text().strip()
    plain.get_by_label("Admin key").fill(key)
    with plain.expect_response("**/graphql") as answered:
        plain.get_by_role("button", name="Run").click()
    assert answered.value.request.headers["authorization"] == f"Bearer {key}"
    assert answered.value.status == 200


def test_the_plain_page_says_what_is_wrong_with_variables(plain: Page) -> None:
    plain.get_by_role("button", name="Where sources disagree").click()
    expect(plain.get_by_label("Query", exact=True)).to_have_value(
        (UI / "src/queries/contradictions.graphql").read_text()
    )
    plain.get_by_label("Variables").fill("{slug}")
    plain.get_by_role("button", name="Run").click()
    expect(plain.get_by_role("status")).to_contain_text("Variables must be JSON")
