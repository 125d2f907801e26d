"""The README and the reference are right: the answers of their examples, their links and their files."""

import re
import shlex
from pathlib import Path

import orjson
import pytest

from api import prometheus
from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from db.derived.revisions import read_after
from schema.service import Caller, Operation, Service, Subscribed
from seed.load import default_record, load_record
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute

README = Path("README.md").read_text()
REFERENCE = Path("docs/reference/README.md").read_text()


FLOORS = ("api", "schema", "workers", "db", "seed")
# These folders need no row of their own: the table lists what is in `db`, and Alembic fills `versions`.
UNLISTED = ("db", "versions")


@pytest.fixture
async def registry(database: Database) -> Service:
    async with database.write() as session:
        await load_record(session, default_record())
        await sync_definitions(session, CATALOGUE)
    await recompute(database, [1])
    return Service(database)


def example(number: int) -> Operation:
    """Return the operation of one of the calls in the README or the reference, parsed as a shell would parse it."""
    call = shlex.split(re.findall(r"```sh\n(curl .*?)```", README + REFERENCE, re.DOTALL)[number])
    if "--data-urlencode" in call:
        return Operation(call[-1].removeprefix("query="))
    body = orjson.loads(call[-1])
    return Operation(body["query"], body.get("variables"))


async def test_the_example_is_answered_as_printed(registry: Service) -> None:
    printed = re.search(r"```json\n(.*?)\n```", README, re.DOTALL)
    assert printed is not None
    answer = await registry.answer(example(0), Caller())
    assert orjson.loads(answer.body) == orjson.loads(printed[1])


BEST = """{ organization(slug: "partnership-on-ai") {
  bestClaim(property: "PARTNER_COUNT") { id } metric(key: "revenue_per_partner") { state value { value } } } }"""


async def test_the_written_claim_is_cited_and_changes_no_number(registry: Service) -> None:
    before = await registry.answer(Operation(BEST), Caller())
    answer = await registry.answer(example(1), Caller(actor="reader", is_admin=True))
    done = orjson.loads(answer.body)["data"]["assertClaim"]
    assert done["claim"]["citations"] == [{"exact": "100+ partners including most frontier labs"}]
    assert {metric["state"] for metric in done["staleMetrics"]} == {"STALE"}
    await recompute(registry.database, [1])
    after = await registry.answer(Operation(BEST), Caller())
    assert after.body == before.body
    assert orjson.loads(after.body)["data"]["organization"]["metric"]["state"] == "FRESH"


async def test_the_written_claim_sends_the_printed_event(registry: Service) -> None:
    subscribed = registry.subscription(example(2), Caller())
    assert isinstance(subscribed, Subscribed)
    async with registry.database.read() as session:
        newest = max(revision.id for revision in await read_after(session, 0))
    await registry.answer(example(1), Caller(actor="reader", is_admin=True))
    await recompute(registry.database, [1])
    async with registry.database.read() as session:
        changed = await read_after(session, newest)
    assert subscribed.wanted.keys
    [value_id] = [revision.value_id for revision in changed if revision.key in subscribed.wanted.keys]
    printed = re.search(r"^    data: (.*)$", REFERENCE, re.MULTILINE)
    assert printed is not None
    assert await registry.event(subscribed, value_id) == printed[1].encode()


async def test_the_simulation_is_answered_as_the_readme_says(registry: Service) -> None:
    [query] = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    [metric] = orjson.loads((await registry.answer(Operation(query), Caller())).body)["data"]["simulate"]
    assert metric["changed"]
    assert (metric["before"]["value"]["display"], metric["after"]["value"]["display"]) == (
        "≈178,378.38 USD",
        "≈165,000 USD",
    )


def test_every_path_that_is_named_is_there() -> None:
    pages = [Path("README.md"), *Path("docs").rglob("*.md")]
    texts = [page.read_text() for page in pages if page.parent.name != "decisions"]
    paths = re.findall(r"`((?:api|bench|db|schema|seed|workers)/[\w./-]*)`", "".join(texts))
    assert [path for path in paths if not Path(path).exists()] == []


def test_every_room_is_in_the_architecture() -> None:
    page = Path("docs/architecture.md").read_text()
    folders = {
        file.parent for floor in FLOORS for file in Path(floor).rglob("*.py") if "node_modules" not in file.parts
    }
    rooms = {folder.as_posix() for folder in folders if folder.name not in UNLISTED}
    assert [room for room in sorted(rooms) if f"| `{room}/` |" not in page] == []


def test_every_figure_of_the_metrics_is_explained() -> None:
    source = Path("api/prometheus.py").read_text()
    names = set(re.findall(r'"(convene_\w+)"', source))
    figures = names | {f"convene_queue_{name}" for name, _ in prometheus._QUEUE.values()}  # pyright: ignore[reportPrivateUsage]
    explained = set(re.findall(r"`(convene_\w+)`", Path("docs/operations.md").read_text()))
    assert {name.removesuffix("_total") for name in explained} == figures


def test_every_anchor_is_a_heading() -> None:
    pages = [Path("README.md"), *Path("docs").rglob("*.md")]
    for page in pages:
        for link, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text()):
            if "://" not in link:
                headings = re.findall(r"^#+ (.*)$", (page.parent / link if link else page).read_text(), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
                assert anchor in slugs, f"expected a heading for {link}#{anchor} in {page.name}, got none"


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 600


def test_every_link_leads_somewhere_and_every_page_is_reachable() -> None:
    reached: set[Path] = set()
    waiting = [Path("README.md").resolve()]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in re.findall(r"\]\(([^)#\s]+)\)", page.read_text()):
            if "://" not in link:
                target = (page.parent / link).resolve()
                assert target.exists(), f"expected a file for the link {link} in {page.name}, got none"
                if target.suffix == ".md":
                    waiting.append(target)
    assert {page.resolve() for page in Path("docs").rglob("*.md")} <= reached
