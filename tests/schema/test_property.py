"""The mutation `saveProperty`, and claims of the properties that it saves."""

from typing import Any

from schema.service import Caller
from tests.schema.conftest import Client

SAVE = """mutation($input: PropertyInput!, $write: WriteOptions) { saveProperty(input: $input, write: $write) {
  __typename ... on SavePropertySuccess { property { id key label datatype unit multivalued }
  change { operation reason node { id } organization { id } } staleMetrics { state } }
  ... on DuplicateError { existing { ... on Property { key } } } ... on NotFoundError { id }
  ... on MutationError { code message path } } }"""
OFFICES = {"key": "OFFICES", "label": "Offices", "datatype": "QUANTITY", "unit": "office"}
ASSERT = """mutation($input: ClaimInput!) { assertClaim(input: $input) {
  ... on AssertClaimSuccess { claim { property { label } value { ... on Quantity { value } } } } } }"""


async def saved(client: Client, write: Any = None, **input: Any) -> Any:
    return (await client.data(SAVE, input=input, write=write or {}))["saveProperty"]


async def test_a_new_property_can_be_claimed_at_once(writer: Client) -> None:
    done = await saved(writer, {"reason": "asked for"}, **OFFICES)
    id = done["property"]["id"]
    assert done["property"] == {"id": id, **OFFICES, "multivalued": False}
    assert done["change"] == {
        "operation": "CREATE", "reason": "asked for", "node": {"id": id}, "organization": None,
    }  # fmt: skip
    assert done["staleMetrics"] == []
    value = {"quantity": {"value": 3, "unit": "office"}}
    claim = {"subject": "Organization:1", "property": "OFFICES", "value": value, "citations": []}
    data = await writer.data(ASSERT, input=claim)
    assert data["assertClaim"]["claim"] == {"property": {"label": "Offices"}, "value": {"value": "3"}}
    best = await writer.data('{ organization(slug: "partnership-on-ai") { bestClaim(property: "OFFICES") { id } } }')
    assert best["organization"]["bestClaim"]["id"].startswith("Claim:")


async def test_a_field_that_is_left_out_stays_and_null_clears(writer: Client) -> None:
    id = (await saved(writer, **OFFICES))["property"]["id"]
    assert (await saved(writer, id=id, label="Open offices"))["property"]["unit"] == "office"
    cleared = (await saved(writer, id=id, unit=None))["property"]
    assert (cleared["label"], cleared["unit"]) == ("Open offices", None)
    assert (await saved(writer, id=id, unit=None))["change"] is None


async def test_refusals_are_typed_errors_with_a_path(writer: Client) -> None:
    await saved(writer, **OFFICES)
    properties = await writer.data("{ properties { id key } }")
    employees = next(one["id"] for one in properties["properties"] if one["key"] == "EMPLOYEES")
    for input, kind, path in (
        ({**OFFICES, "key": "offices"}, "ValidationError", "key"),
        ({"key": "ROOMS", "label": "Rooms"}, "ValidationError", "datatype"),
        ({"id": employees, "datatype": "TEXT", "unit": None}, "ValidationError", "datatype"),
        ({"id": "Claim:1", "label": "Offices"}, "ValidationError", "id"),
        ({"id": "Property:999", "label": "Offices"}, "NotFoundError", "id"),
        (OFFICES, "DuplicateError", "key"),
    ):
        refused = await saved(writer, **input)
        assert (refused["__typename"], refused["path"]) == (kind, ["input", path]), refused
        assert refused["message"].startswith("expected ")
    assert (await saved(writer, **OFFICES))["existing"] == {"key": "OFFICES"}
    refused = await saved(writer, {"expectedVersion": 1}, id=employees, label="Staff")
    assert (refused["code"], refused["path"]) == ("VALIDATION", ["write", "expectedVersion"])


async def test_without_a_key_no_property_is_saved(writer: Client) -> None:
    response = await writer.ask(SAVE, {"input": OFFICES}, Caller())
    assert response["data"]["saveProperty"]["__typename"] == "PermissionDeniedError"
    assert "OFFICES" not in str(await writer.data("{ properties { key } }"))
