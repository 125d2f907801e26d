"""Mutations: their answers, their effects, and their refusals."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import func, select

from db.connections.sessions import WriteSession
from db.models import Change, Claim, Mark, MetricDefinition, MetricValue, Partnership
from db.values.vocabulary import MetricState, PartnerRole
from schema.save import save_input
from schema.service import Caller
from tests.schema.conftest import Client

ASSERT = """mutation($input: ClaimInput!, $write: WriteOptions) { assertClaim(input: $input, write: $write) {
  __typename ...Done ... on MutationError { code message path } } }
fragment Done on AssertClaimSuccess { claim { __typename id rank value { ... on Quantity { value lower } }
  citations { exact } } change { actor reason operation requestId after node { id } }
  staleMetrics { state definition { key } } }"""

SAVE = """mutation($input: PartnershipInput!, $write: WriteOptions) { savePartnership(input: $input, write: $write) {
  __typename ... on SavePartnershipSuccess { partnership { id role start nameAtTime version } change { id }
  staleMetrics { state } }
  ... on VersionConflictError { expected actual current { ... on Partnership { version } } }
  ... on DuplicateError { existing { id } } ... on NotFoundError { id }
  ... on MutationError { code message path } } }"""

RANK = """mutation($claim: ID!, $rank: Rank!, $write: WriteOptions!) {
  setClaimRank(claim: $claim, rank: $rank, write: $write) { __typename
  ... on SetClaimRankSuccess { claim { rank rankReason version } change { before after } }
  ... on MutationError { code message path } } }"""

FORTY = {
    "subject": "Organization:1",
    "property": "EMPLOYEES",
    "value": {"quantity": {"value": 40, "unit": "employee"}},
    "citations": [],
}


async def counted(client: Client, model: Any) -> int:
    async with client.database.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def computed_metric(client: Client) -> None:
    """Store a FRESH metric value for the convener."""
    async with client.database.write() as session:
        definition = MetricDefinition(
            key="k", title="t", description="d", formula="f", unit="u", version=1, depends_on=[]
        )
        session.add(definition)
        await session.flush()
        session.add(
            MetricValue(
                definition_id=definition.id,
                subject_id=1,
                computed_state=MetricState.FRESH,
                formula="f",
                substitution="s",
            )
        )
        await session.execute(Mark.__table__.delete())


async def test_asserting_a_claim_answers_with_the_claim_and_what_it_made_stale(writer: Client) -> None:
    await computed_metric(writer)
    quoted = {"source": "Source:1", "exact": "≈37 employees"}
    data = await writer.data(ASSERT, input={**FORTY, "citations": [quoted]}, write={"reason": "counted"})
    done = data["assertClaim"]
    assert done["claim"]["value"] == {"value": "40", "lower": "40"}
    assert done["claim"]["citations"] == [{"exact": "≈37 employees"}]
    assert done["staleMetrics"] == [{"state": "STALE", "definition": {"key": "k"}}]
    change = done["change"]
    assert (change["actor"], change["reason"], change["requestId"]) == ("a test", "counted", "test")
    assert change["operation"] == "CREATE"
    assert change["node"] == {"id": done["claim"]["id"]}
    assert change["after"]["quantity_value"] == "40"


async def test_the_newest_claim_is_the_one_to_go_by(writer: Client) -> None:
    await writer.data(ASSERT, input=FORTY)
    data = await writer.data(
        '{ organization(slug: "partnership-on-ai") { employees { value } changes { totalCount } } }'
    )
    assert data["organization"]["employees"] == {"value": "40"}
    assert data["organization"]["changes"]["totalCount"] == 2


async def test_on_commit_is_called_once_for_a_write_and_not_for_a_refusal(writer: Client) -> None:
    commits: list[None] = []
    writer.service.on_commit = lambda: commits.append(None)
    await writer.data(ASSERT, input=FORTY)
    assert len(commits) == 1
    await writer.data(ASSERT, input={**FORTY, "property": "NOPE"})
    assert len(commits) == 1


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"property": "NOPE"}, ["input", "property"]),
        ({"subject": "nonsense"}, ["input", "subject"]),
        ({"subject": "Source:1"}, ["input", "subject"]),
        ({"subject": "Organization:999"}, ["input", "subject"]),
        ({"value": {"text": "forty"}}, ["input", "value"]),
        ({"value": {"someValue": False}}, ["input", "value"]),
        ({"value": {"quantity": {"unit": "employee"}}}, ["input", "value", "quantity"]),
        ({"value": {"quantity": {"value": 4, "unit": "cat"}}}, ["input", "value", "quantity", "unit"]),
        ({"value": {"quantity": {"lower": 5, "upper": 4, "unit": "employee", "comparator": "BETWEEN"}}},
         ["input", "value", "quantity"]),
        ({"citations": [{"source": "Source:1", "exact": "not there"}]}, ["input", "citations"]),
    ],
)  # fmt: skip
async def test_a_bad_claim_is_refused_and_nothing_is_written(writer: Client, change: Any, path: list[str]) -> None:
    before = await counted(writer, Claim), await counted(writer, Change)
    refused = (await writer.data(ASSERT, input={**FORTY, **change}))["assertClaim"]
    assert refused["__typename"] in ("ValidationError", "NotFoundError")
    assert refused["path"][: len(path)] == path
    assert refused["message"]
    assert (await counted(writer, Claim), await counted(writer, Change)) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"validDuring": "last year"}, "\"../2020\", got 'last year'"),
        (
            {"value": {"quantity": {"value": "many", "unit": "employee"}}},
            'expected a finite decimal such as "6600000" or "0.5", got \'many\'',
        ),
        ({"value": {"date": "2016-13"}}, "\"../2020\", got '2016-13'"),
        ({"value": {}}, "exactly one"),
        ({"value": {"text": "a", "date": "2016"}}, "exactly one"),
    ],
)
async def test_a_value_that_is_none_is_refused_before_anything_runs(writer: Client, change: Any, message: str) -> None:
    assert message in (await writer.error(ASSERT, input={**FORTY, **change})).lower().replace(
        "exactly one key", message
    )


async def test_without_a_key_nothing_is_written(writer: Client) -> None:
    before = await counted(writer, Claim)
    response = await writer.ask(ASSERT, {"input": FORTY}, Caller())
    assert response["data"]["assertClaim"]["__typename"] == "PermissionDeniedError"
    assert await counted(writer, Claim) == before


async def test_ranking_a_claim_keeps_the_reason(writer: Client) -> None:
    data = await writer.data(RANK, claim="Claim:1", rank="DEPRECATED", write={"reason": "outdated"})
    assert data["setClaimRank"]["claim"] == {"rank": "DEPRECATED", "rankReason": "outdated", "version": 2}
    assert data["setClaimRank"]["change"]["after"]["rank"] == "DEPRECATED"


async def test_a_payload_shows_what_its_change_refers_to(writer: Client) -> None:
    data = await writer.data(
        'mutation { setClaimRank(claim: "Claim:1", rank: PREFERRED, write: {}) { ... on WriteSuccess {'
        " change { organization { name } } } } }"
    )
    assert data["setClaimRank"]["change"]["organization"]["name"] == "Partnership on AI"


async def test_a_field_that_is_left_out_stays_and_null_clears(writer: Client) -> None:
    saved = await writer.data(SAVE, input={"id": "Partnership:1", "nameAtTime": "Amazon.com"})
    assert saved["savePartnership"]["partnership"] == {
        "id": "Partnership:1", "role": "FOUNDING_PARTNER", "start": "2016-09", "nameAtTime": "Amazon.com", "version": 2,
    }  # fmt: skip
    cleared = await writer.data(SAVE, input={"id": "Partnership:1", "nameAtTime": None, "start": None})
    node = cleared["savePartnership"]["partnership"]
    assert (node["nameAtTime"], node["start"], node["version"]) == (None, None, 3)


async def test_a_write_that_changes_nothing_answers_with_the_row_and_without_a_change(writer: Client) -> None:
    await writer.data(SAVE, input={"id": "Partnership:1", "nameAtTime": "Amazon.com"})
    async with writer.database.write() as session:
        await session.execute(Mark.__table__.delete())
    before = await counted(writer, Change)
    again = (await writer.data(SAVE, input={"id": "Partnership:1", "nameAtTime": "Amazon.com"}))["savePartnership"]
    assert (again["partnership"]["nameAtTime"], again["partnership"]["version"]) == ("Amazon.com", 2)
    assert (again["change"], again["staleMetrics"]) == (None, [])
    await writer.data(RANK, claim="Claim:1", rank="DEPRECATED", write={"reason": "outdated"})
    assert await counted(writer, Change) == before + 1
    same = await writer.data(RANK, claim="Claim:1", rank="DEPRECATED", write={"reason": "outdated"})
    assert same["setClaimRank"] == {
        "__typename": "SetClaimRankSuccess",
        "claim": {"rank": "DEPRECATED", "rankReason": "outdated", "version": 2},
        "change": None,
    }
    assert await counted(writer, Change) == before + 1


async def test_a_new_claim_has_no_version_to_expect(writer: Client) -> None:
    before = await counted(writer, Claim)
    refused = (await writer.data(ASSERT, input=FORTY, write={"expectedVersion": 1}))["assertClaim"]
    assert (refused["code"], refused["path"]) == ("VALIDATION", ["write", "expectedVersion"])
    assert refused["message"] == "expected no expectedVersion for a new row, got 1"
    assert await counted(writer, Claim) == before


async def test_another_version_than_expected_is_refused_with_the_row_as_it_is(writer: Client) -> None:
    data = await writer.data(SAVE, input={"id": "Partnership:1", "role": "FUNDER"}, write={"expectedVersion": 7})
    refused = data["savePartnership"]
    assert (refused["expected"], refused["actual"], refused["current"]) == (7, 1, {"version": 1})


async def test_a_second_partnership_of_the_same_two_is_refused_with_the_first(writer: Client) -> None:
    data = await writer.data(SAVE, input={"convener": "Organization:1", "partner": "Organization:2"})
    assert data["savePartnership"]["__typename"] == "DuplicateError"
    assert data["savePartnership"]["existing"]["id"].startswith("Partnership:")


async def test_a_row_that_is_not_there_is_named(writer: Client) -> None:
    data = await writer.data(SAVE, input={"id": "Partnership:999", "role": "FUNDER"})
    assert data["savePartnership"]["__typename"] == "NotFoundError"
    assert data["savePartnership"]["id"] == "Partnership:999"
    assert await counted(writer, Partnership) == 9


async def test_payload_plans_are_kept_for_other_rows_and_other_variables(writer: Client) -> None:
    kept = writer.service.plans.kept
    await writer.data(RANK, claim="Claim:1", rank="PREFERRED", write={"reason": "outdated"})
    misses = kept.misses
    for claim in (2, 3):
        data = await writer.data(RANK, claim=f"Claim:{claim}", rank="PREFERRED", write={"reason": f"reason {claim}"})
        assert data["setClaimRank"]["claim"] == {"rank": "PREFERRED", "rankReason": f"reason {claim}", "version": 2}
    assert kept.misses == misses


async def test_aliases_of_one_mutation_have_their_own_payloads(writer: Client) -> None:
    one = '%s: setClaimRank(claim: "Claim:%d", rank: %s, write: {}) { ... on SetClaimRankSuccess { claim { id %s } } }'
    first, second = one % ("a", 1, "PREFERRED", ""), one % ("b", 2, "DEPRECATED", "rank")
    data = await writer.data(f"mutation {{ {first} {second} }}")
    assert data == {"a": {"claim": {"id": "Claim:1"}}, "b": {"claim": {"id": "Claim:2", "rank": "DEPRECATED"}}}


async def test_commit_without_an_answer_says_that_the_write_may_be_stored(
    writer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = await counted(writer, Claim), writer.database.write

    @asynccontextmanager
    async def cut() -> AsyncGenerator[WriteSession]:
        async with write() as session:
            yield session
        raise ConnectionResetError("gone")

    monkeypatch.setattr(writer.database, "write", cut)
    response = await writer.ask(ASSERT, {"input": FORTY})
    (error,) = response["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert error["message"].endswith(": the write may be stored, so read the row before you retry")
    assert await counted(writer, Claim) == before + 1


def test_field_of_a_save_input_needs_a_declaration() -> None:
    body = {"__annotations__": {"role": PartnerRole}}
    with pytest.raises(TypeError, match=r"expected RoleInput\.role = saved\(…\), got no value"):
        save_input(Partnership)(type("RoleInput", (), body))
