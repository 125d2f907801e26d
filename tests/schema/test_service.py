"""Answers: how an operation is executed, and clear errors for bad input."""

from typing import Any

import pytest

from schema.operation_limits import Limits
from schema.plans import Execution
from schema.service import Caller, Operation, Outcome
from tests.schema.conftest import ADMIN, Client

BY_SLUG = '{ organization(slug: "partnership-on-ai") { %s } }'


async def test_introspection_beside_data_is_answered_by_one_statement_for_the_data(client: Client) -> None:
    query = "query($s: String!) { __schema { queryType { name } } it: organization(slug: $s) { n: name } }"
    data = await client.data(query, s="partnership-on-ai")
    assert data == {"__schema": {"queryType": {"name": "Query"}}, "it": {"n": "Partnership on AI"}}
    assert len(client.statements) == 1


async def test_introspection_alone_asks_no_database(client: Client) -> None:
    await client.data('{ __type(name: "Organization") { name } }')
    assert client.statements == []


async def test_aliases_with_different_arguments_have_their_own_values(client: Client) -> None:
    query = (
        'query($rank: [Rank!]) { organization(slug: "partnership-on-ai") {'
        " a: claims(where: {rank: [PREFERRED]}) { totalCount } b: claims(where: {rank: $rank}) { totalCount }"
        " c: claims { totalCount } } }"
    )
    it = (await client.data(query, rank=["NORMAL"]))["organization"]
    assert it["a"]["totalCount"] + it["b"]["totalCount"] == it["c"]["totalCount"] > 20
    assert it["a"]["totalCount"] > 0


@pytest.mark.parametrize(("with_name", "with_slug"), [(True, True), (True, False), (False, True), (False, False)])
async def test_skip_and_include_decide_which_fields_there_are(client: Client, with_name: bool, with_slug: bool) -> None:
    query = "query($n: Boolean!, $s: Boolean!) " + BY_SLUG % "__typename name @include(if: $n) slug @skip(if: $s)"
    it = (await client.data(query, n=with_name, s=not with_slug))["organization"]
    assert list(it) == ["__typename", *["name"] * with_name, *["slug"] * with_slug]


async def test_a_plan_serves_other_values_of_its_variables(client: Client) -> None:
    query = "query($s: String, $id: ID) { organization(slug: $s, id: $id) { name } }"
    for variables in ({"s": "amazon"}, {"s": "ibm"}, {"id": "Organization:1"}, {"id": "Organization:999"}, {"s": "x"}):
        response = await client.ask(query, variables)
        name = (response["data"]["organization"] or {}).get("name")
        expected = {"amazon": "Amazon", "ibm": "IBM", "Organization:1": "Partnership on AI"}
        assert name == expected.get(next(iter(variables.values())))


async def test_fragments_on_interfaces_apply_to_the_types_that_have_them(client: Client) -> None:
    query = (
        'query { nodes(ids: ["Organization:1", "Passage:3", "Claim:1", "Claim:4040"]) { __typename id ...V'
        " ... on HasCitations { citations { exact } } ... on Passage { ordinal } } } fragment V on Versioned {version}"
    )
    organization, passage, claim, nothing = (await client.data(query))["nodes"]
    assert (organization["version"], passage["ordinal"], nothing) == (1, 3, None)
    assert "citations" not in passage
    assert claim["citations"]


async def test_a_claims_value_is_what_its_kind_says(client: Client) -> None:
    query = BY_SLUG % (
        'number: bestClaim(property: "EMPLOYEES") { value { __typename ... on Quantity { value lower upper asOf } } }'
        ' date: bestClaim(property: "FOUNDING_DATE") { value { __typename ... on DateValue { edtf earliest latest } } }'
        ' words: bestClaim(property: "HEADQUARTERS") { value { __typename ... on TextValue { text } } }'
        ' none: bestClaim(property: "NO_SUCH") { id }'
    )
    it = (await client.data(query))["organization"]
    assert it == {
        "number": {"value": {"__typename": "Quantity", "value": "37", "lower": "36.5", "upper": "37.5", "asOf": None}},
        "date": {"value": {"__typename": "DateValue", "edtf": "2016-09", "earliest": "2016-09-01",
                           "latest": "2016-09-30"}},
        "words": {"value": {"__typename": "TextValue", "text": "San Francisco, California"}},
        "none": None,
    }  # fmt: skip


async def test_the_shortcuts_are_the_best_ranked_claims(client: Client) -> None:
    query = BY_SLUG % (
        "foundedOn { edtf } headquarters website annualRevenue { value currency asOf display }"
        " employees { value comparator boundsBasis } reportedPartnerCount { value }"
    )
    assert (await client.data(query))["organization"] == {
        "foundedOn": {"edtf": "2016-09"},
        "headquarters": "San Francisco, California",
        "website": "https://partnershiponai.org",
        "annualRevenue": {
            "value": "6600000",
            "currency": "USD",
            "asOf": "2022",
            "display": "≈$6.6M (2022 Form 990)",
        },
        "employees": {"value": "37", "comparator": "APPROXIMATE", "boundsBasis": "IMPLIED_BY_ROUNDING"},
        "reportedPartnerCount": {"value": "128"},
    }


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ("{ organization { id } }", {}, "expected either id or slug, got neither"),
        ('{ organization(id: "Claim:1", slug: "x") { id } }', {}, "expected either id or slug, got both"),
        ('{ organization(slug: "No Slug") {id} }', {}, "expected a slug such as \"partnership-on-ai\", got 'No Slug'"),
        ('{ organization(id: "17") { id } }', {}, "expected an id like \"Organization:12\", got '17'"),
        ('{ organization(id: "Claim:1") { id } }', {}, "expected an Organization id, got a Claim id"),
        ("query($i: ID!) { source(id: $i) { id } }", {"i": "Claim:1"}, "expected a Source id, got a Claim id"),
        ('{ node(id: "Organization:99999999999999999999") { id } }', {},
         "expected an id like \"Organization:12\", got 'Organization:99999999999999999999'"),
        ("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["Claim:1"] * 101}, "expected at most 100 ids, got 101"),
        ("{ organizations(first: -1) { totalCount } }", {}, "expected first between 1 and 100, got -1"),
        ("query($a: String) { organizations(after: $a) { totalCount } }", {"a": "é"},
         "expected a cursor that this list gave in this order, got 'é'"),
    ],
)  # fmt: skip
async def test_a_bad_argument_is_refused_with_what_was_got(
    client: Client, query: str, variables: Any, message: str
) -> None:
    assert await client.error(query, **variables) == message


async def test_a_bad_argument_is_refused_beside_introspection_as_well(client: Client) -> None:
    response = await client.ask('{ __typename __schema { queryType { name } } organization(slug: "No") { id } }')
    assert response["data"]["organization"] is None
    assert response["errors"][0]["message"] == "expected a slug such as \"partnership-on-ai\", got 'No'"
    assert response["errors"][0]["path"] == ["organization"]


@pytest.mark.parametrize(
    "query",
    [
        "", "{", "{ nothing }", "query A { __typename } query B { __typename }", "mutation { nothing }",
        "subscription { nothing }", "fragment F on Query { ...F } { ...F }", '{ node(id: "\\ud800") { id } }',
        "{" * 5000, "{ a" * 900 + "}" * 900, "query($x: Nope) { __typename }", "{ __typename @defer }",
        "query($s: String!) { organization(slug: $s) { id } }",
    ],
)  # fmt: skip
async def test_a_document_that_cannot_run_is_refused_without_data(client: Client, query: str) -> None:
    answer = await client.service.answer(Operation(query), Caller())
    assert answer.is_request_error
    assert b'"data"' not in answer.body
    assert b'"message"' in answer.body
    assert client.statements == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("query($s: String!) { organization(slug: $s) { id } }", "BAD_USER_INPUT"),
        ("{ organizations(first: 0) { totalCount } }", "BAD_USER_INPUT"),
        ("{ __schema { queryType { name } } organizations(first: 0) { totalCount } }", "BAD_USER_INPUT"),
        ("{" * 5000, "LIMIT_EXCEEDED"),
        ("{ " + "__typename " * 51 + "}", "LIMIT_EXCEEDED"),
        ("subscription { metricChanged { state } }", "BAD_REQUEST"),
    ],
)
async def test_every_error_has_a_code(client: Client, query: str, code: str) -> None:
    response = await client.ask(query)
    assert {error["extensions"]["code"] for error in response["errors"]} == {code}


async def test_a_failing_resolver_is_masked_with_its_place(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fetch(sql: str, parameters: Any) -> bytes:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(client.database, "fetch_bytes", fetch)
    response = await client.ask('{ __schema { queryType { name } } organization(slug: "amazon") { id } }')
    (error,) = response["errors"]
    assert error["message"] == "Internal server error"
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "test"}
    assert (error["path"], len(error["locations"])) == (["organization"], 1)


SIMULATION = 'simulate(organization: "Organization:1", changes: [{withoutClaim: "Claim:1"}]) { key changed }'
WAYS = [
    ("{ __typename }", "whole"),
    ('{ organization(slug: "amazon") { name ...F } } fragment F on Organization { slug }', "whole"),
    ('{ node(id: "Organization:1") { id __typename } nodes(ids: ["Claim:1"]) { id } }', "whole"),
    ('{ a: organization(slug: "ibm") { name } b: organizations(first: 1) { totalCount nodes { slug } } }', "whole"),
    ('query($no: Boolean = true) { organization(slug: "amazon") { name @skip(if: $no) slug } }', "whole"),
    ("{ __schema { queryType { name } } }", "fields"),
    ('{ __type(name: "Claim") { name } organization(slug: "amazon") { name } }', "fields"),
    ('{ __schema @skip(if: true) { queryType { name } } organization(slug: "amazon") { name } }', "whole"),
    ('mutation { setClaimRank(claim: "Claim:999999", rank: NORMAL, write: {}) { __typename } }', "fields"),
    (f"{{ {SIMULATION} }}", "fields"),
    (f'{{ {SIMULATION} organization(slug: "amazon") {{ name }} }}', "fields"),
]


@pytest.mark.parametrize(("query", "way"), WAYS)
async def test_plain_reads_are_answered_whole_and_all_else_field_by_field(client: Client, query: str, way: str) -> None:
    execution = Execution.of(client.service.documents.read(Operation(query)), None, Caller())
    planned = client.service.plans.find(execution)
    assert ("whole" if planned else "fields") == way
    answer = await client.service.answer(Operation(query), ADMIN)
    assert answer.outcome is Outcome.DATA


async def test_a_get_runs_no_mutation(client: Client) -> None:
    mutation = Operation('mutation { setClaimRank(claim: "Claim:1", rank: NORMAL, write: {}) { __typename } }')
    answer = await client.service.answer(mutation, Caller(is_admin=True), read_only=True)
    assert answer.is_request_error
    assert answer.outcome is Outcome.WRITE


@pytest.mark.parametrize("text", ["\0", "\ud800"])
async def test_text_that_no_database_keeps_is_refused(client: Client, text: str) -> None:
    query = "query($s: String) { organizations(where: {name: {eq: $s}}) { totalCount } }"
    assert "expected Unicode text without NUL" in await client.error(query, s=text)


def nested(levels: int) -> str:
    """Return an operation that follows memberships to their conveners this many times, with three fields each time."""
    opened = "memberships(first: 1) { nodes { convener { slug " * levels
    return BY_SLUG % f"{opened} {'} } }' * levels}"


async def test_operation_at_the_depth_limit_runs_and_a_deeper_one_is_refused(client: Client) -> None:
    await client.data(nested(4))
    assert await client.error(nested(5)) == "expected at most 16 levels of fields, got 17"
    assert "expected at most" in await client.error(nested(300))


async def test_a_thousand_fields_of_one_object_are_answered(client: Client) -> None:
    client.service.documents.limits = Limits(max_aliases=1000, max_fields=1001, max_tokens=4000)
    data = await client.data(BY_SLUG % " ".join(f"a{number}: name" for number in range(1000)))
    assert set(data["organization"].values()) == {"Partnership on AI"}


async def test_the_deepest_selection_of_wide_objects_runs(client: Client) -> None:
    client.service.documents.limits = Limits(max_aliases=2000, max_fields=2000, max_tokens=10_000, max_cost=10**9)
    await client.data(BY_SLUG % f"relations {{ {wide_chain(13)} }}")


def wide_chain(levels: int) -> str:
    """Return a chain of relations with this many levels and a hundred fields on each."""
    wide = " ".join(f"a{number}: id" for number in range(100))
    return wide if levels == 0 else f"{wide} {'from' if levels % 2 else 'relations'} {{ {wide_chain(levels - 1)} }}"


async def test_metrics_come_with_what_they_rest_on(client: Client) -> None:
    query = BY_SLUG % (
        'metric(key: "revenue_per_employee") { state staleSince value { value lower upper } warnings { code inputs }'
        " explain { inputs { node { ... on Claim { property { key } } } } excludedInputs { name } } }"
        ' metrics(keys: ["partner_type_breakdown"]) { slices { key count share { value } } }'
    )
    it = (await client.data(query))["organization"]
    assert it["metric"]["state"] == "FRESH"
    assert it["metric"]["staleSince"] is None
    assert it["metric"]["value"] == {"value": "178378.38", "lower": "174666.67", "upper": "182191.78"}
    assert [row["node"]["property"]["key"] for row in it["metric"]["explain"]["inputs"]] == [
        "ANNUAL_REVENUE",
        "EMPLOYEES",
    ]
    assert all(id.startswith("Claim:") for warning in it["metric"]["warnings"] for id in warning["inputs"])
    assert [(part["key"], part["count"]) for part in it["metrics"][0]["slices"]] == [("INDUSTRY", 9), ("UNKNOWN", 119)]


async def test_value_comes_with_the_alternatives_of_contradicting_claims(client: Client) -> None:
    explained = (
        "{ value { display } explain { alternatives { claim { value { ... on Quantity { display } } } state"
        " value { value display } substitution } } }"
    )
    query = BY_SLUG % f'disputed: metric(key: "founding_share") {explained} sure: metric(key: "ceo_tenure") {explained}'
    it = (await client.data(query))["organization"]
    assert it["disputed"]["value"]["display"] == "4.69 %"
    assert it["disputed"]["explain"]["alternatives"] == [
        {
            "claim": {"value": {"display": "7 major tech companies"}},
            "state": "FRESH",
            "value": {"value": "0.0546875", "display": "5.47 %"},
            "substitution": "7 founders ÷ 128 partners = 5.47 %",
        }
    ]
    assert it["sure"]["explain"]["alternatives"] == []


async def test_conflicts_keep_both_sides(client: Client) -> None:
    query = BY_SLUG % "conflicts { property { key } compatible state claims { value { ... on Quantity { display } } } }"
    conflicts = (await client.data(query))["organization"]["conflicts"]
    assert {conflict["property"]["key"]: conflict["compatible"] for conflict in conflicts} == {
        "FOUNDING_DATE": True,
        "FOUNDER_COUNT": False,
        "PARTNER_COUNT": True,
        "WORKSTREAM_COUNT": True,
        "FRONTIER_LAB_PARTICIPATION": False,
        "UNIQUENESS": False,
    }
    assert all(conflict["state"] == "FRESH" and len(conflict["claims"]) >= 2 for conflict in conflicts)


async def test_organizations_are_compared_metric_by_metric(client: Client) -> None:
    query = (
        "query($ids: [ID!]!, $keys: [String!]!) { compareOrganizations(ids: $ids, keys: $keys) {"
        " subject { slug } definition { key } } }"
    )
    keys = ["revenue_per_employee", "partner_type_breakdown", "no_such"]
    found = await client.data(query, ids=["Organization:2", "Organization:1"], keys=keys)
    assert [(row["subject"]["slug"], row["definition"]["key"]) for row in found["compareOrganizations"]] == [
        ("partnership-on-ai", "revenue_per_employee"),
        ("partnership-on-ai", "partner_type_breakdown"),
    ]
    assert await client.error(query, ids=["Organization:1"], keys=keys * 40) == "expected at most 100 keys, got 120"
    assert await client.error(query, ids=["Claim:1"], keys=keys) == "expected an Organization id, got a Claim id"


async def test_one_document_finds_nodes_of_every_type(client: Client) -> None:
    for id in ("Organization:1", "Claim:1", "Passage:1", "Organization:2"):
        data = await client.data("query($id: ID!) { node(id: $id) { id __typename } }", id=id)
        assert data["node"] == {"id": id, "__typename": id.partition(":")[0]}
