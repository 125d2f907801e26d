"""The README is true: its example's answer, its settings, its commands and its files."""

import re
import shlex
from pathlib import Path

import orjson
import pytest
from typer.main import get_command

from api.cli import app
from api.settings import Settings
from db.connections.engine import Database
from db.derived.definitions import sync_definitions
from schema.service import Caller, Operation, Service
from seed.load import default_record, load_record
from workers.metrics.catalogue import CATALOGUE
from workers.recompute import recompute

README = Path("README.md").read_text()
REFERENCE = Path("docs/reference/README.md").read_text()


@pytest.fixture
async def registry(database: Database) -> Service:
    async with database.write() as session:
        await load_record(session, default_record())
        await sync_definitions(session, CATALOGUE)
    await recompute(database, [1])
    return Service(database)


def example(number: int) -> Operation:
    """The operation of one of the README's calls, as a shell would hand it over."""
    call = shlex.split(re.findall(r"```sh\n(curl .*?)```", README + REFERENCE, re.DOTALL)[number])
    if "--data-urlencode" in call:
        return Operation(call[-1].removeprefix("query="))
    body = orjson.loads(call[-1])
    return Operation(body["query"], body["variables"])


async def test_the_example_is_answered_as_printed(registry: Service) -> None:
    printed = re.search(r"```json\n(.*?)\n```", README, re.DOTALL)
    assert printed is not None
    answer = await registry.answer(example(0), Caller())
    assert orjson.loads(answer.body) == orjson.loads(printed[1])


async def test_the_written_claim_makes_the_metrics_stale_and_then_fresh(registry: Service) -> None:
    answer = await registry.answer(example(1), Caller(actor="reader", is_admin=True))
    stale = orjson.loads(answer.body)["data"]["assertClaim"]["staleMetrics"]
    assert {metric["state"] for metric in stale} == {"STALE"}
    await recompute(registry.database, [1])
    metric = (
        '{ organization(slug: "partnership-on-ai") { metric(key: "revenue_per_employee") { state value { value } } } }'
    )
    fresh = orjson.loads((await registry.answer(Operation(metric), Caller())).body)
    assert fresh["data"]["organization"]["metric"] == {"state": "FRESH", "value": {"value": "165000"}}


async def test_the_simulation_says_what_the_written_claim_brings(registry: Service) -> None:
    [query] = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    [metric] = orjson.loads((await registry.answer(Operation(query), Caller())).body)["data"]["simulate"]
    assert metric["changed"]
    assert (metric["before"]["value"]["display"], metric["after"]["value"]["display"]) == (
        "≈178,378.38 USD",
        "≈165,000 USD",
    )


def test_every_setting_is_in_the_table_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `(CONVENE_\w+)` \| (.*) \|$", REFERENCE, re.MULTILINE))
    assert set(rows) == {f"CONVENE_{name.upper()}" for name in Settings.model_fields}
    for name, setting in Settings.model_fields.items():
        meaning = (setting.description or "").split("; without it")[0].rstrip(".")
        assert meaning in rows[f"CONVENE_{name.upper()}"]


def test_every_command_is_in_the_table() -> None:
    named = set(re.findall(r"^\| `convene (\w+)", REFERENCE, re.MULTILINE))
    assert named == set(get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]


def test_every_path_that_is_named_is_there() -> None:
    pages = [Path("README.md"), *Path("docs").rglob("*.md")]
    texts = [page.read_text() for page in pages if page.parent.name != "decisions"]
    paths = re.findall(r"`((?:api|bench|db|schema|seed|workers)/[\w./-]*)`", "".join(texts))
    assert [path for path in paths if not Path(path).exists()] == []


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
