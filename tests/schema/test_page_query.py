"""The page query returns the whole page: one answer contains both of its tables."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from schema.service import Caller, Operation
from seed.load import RECORDS
from tests.schema.conftest import Client

QUERY = Path("api/ui/src/queries/page.graphql").read_text()
LINES = (RECORDS / "partnership-on-ai.txt").read_text().split("\n")


@pytest.fixture
async def page(client: Client) -> Any:
    data = await client.data(QUERY, slug="partnership-on-ai")
    assert len(client.statements) == 1
    return data["organization"]


def month(edtf: str) -> str:
    return date.fromisoformat(f"{edtf.split('/')[0]}-01").strftime("%B %Y")


def best(page: Any, key: str) -> Any:
    claims = [claim for claim in page["claims"]["nodes"] if claim["property"]["key"] == key]
    return next((claim for claim in claims if claim["rank"] == "PREFERRED"), claims[-1])["value"]


def founders(page: Any) -> str:
    founding = [row for row in page["partnerships"]["nodes"] if row["role"] == "FOUNDING_PARTNER"]
    return ", ".join(
        row["partner"]["name"] + (f" (then {row['nameAtTime']})" if row["nameAtTime"] else "") for row in founding
    )


def chief(page: Any) -> str:
    (post,) = [post for post in page["posts"] if post["body"] == "EXECUTIVE"]
    (tenure,) = post["tenures"]
    return f"{tenure['person']['name']} (since {month(tenure['start'])})"


async def test_the_assessment_table_is_the_assessments(page: Any) -> None:
    told = [
        f"| {row['dimension']} | {row['rating'].replace('_', ' ').title()} | {row['evidence']} |"
        for row in page["assessments"]
    ]
    assert told == LINES[6:12]


async def test_the_detail_table_is_claims_partnerships_and_a_post(page: Any) -> None:
    areas = [claim["value"]["text"] for claim in page["claims"]["nodes"] if claim["property"]["key"] == "FOCUS_AREA"]
    told = {
        "Founded": month(best(page, "FOUNDING_DATE")["edtf"]),
        "Location": best(page, "HEADQUARTERS")["text"],
        "Structure": best(page, "LEGAL_FORM")["text"],
        "Founding Partners": founders(page),
        "Current Partners": best(page, "PARTNER_COUNT")["display"],
        "CEO": chief(page),
        "Annual Revenue": best(page, "ANNUAL_REVENUE")["display"],
        "Staff": best(page, "EMPLOYEES")["display"],
        "Website": best(page, "WEBSITE")["text"].removeprefix("https://"),
        "Focus Areas": ", ".join(areas),
    }
    assert [f"| {attribute} | {value} |" for attribute, value in told.items()] == LINES[15:25]


async def test_the_passages_joined_are_the_source(page: Any) -> None:
    (source,) = page["sources"]
    assert "\n".join(passage["text"] for passage in source["passages"]) == "\n".join(LINES)
    assert source["coverage"] >= 0.979


async def test_every_citation_quotes_its_passage(client: Client) -> None:
    query = (
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Citation { start end exact passage { text }"
        " supports { __typename } } } }"
    )
    citations = [
        row
        for first in (1, 101)
        for row in (await client.data(query, ids=[f"Citation:{number}" for number in range(first, first + 100)]))[
            "nodes"
        ]
        if row
    ]
    assert len(citations) > 80
    for row in citations:
        assert row["passage"]["text"][row["start"] : row["end"]] == row["exact"]
        assert row["supports"]["__typename"]


async def test_the_page_is_answered_byte_for_byte_as_often_as_it_is_asked(client: Client) -> None:
    operation = Operation(QUERY, {"slug": "partnership-on-ai"})
    first, second = [(await client.service.answer(operation, Caller())).body for _ in range(2)]
    assert first == second
    assert orjson.loads(first)["data"]["organization"]["name"] == "Partnership on AI"
