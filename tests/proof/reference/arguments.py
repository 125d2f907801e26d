"""Checks arguments. One bad argument fails the whole request."""

import re
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLInputType, get_named_type, get_nullable_type, is_input_object_type, is_list_type

from tests.proof.reference.lists import DEFAULT, MOST, Key, decode, organization_keys, partnership_keys, with_id
from tests.proof.reference.tables import TABLES, Tables

MOST_GROUPS: Final = 3
GROUPS: Final = {
    "OrganizationConnection.groups": {"sector"},
    "PartnershipConnection.groups": {"sector", "role"},
}

_ID: Final = re.compile(r"([A-Z][A-Za-z]+):([1-9][0-9]*)")
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

# The type that an id must name in these places. Elsewhere an id may name any type.
_EXPECTED_TYPES: Final = {
    "Query.organization(id)": "Organization",
    "Query.source(id)": "Source",
    "Query.compareOrganizations(ids)": "Organization",
    "OrganizationWhere.partnerOf": "Organization",
    "OrganizationWhere.hasPartner": "Organization",
    "JobWhere.subject": "Organization",
}


class BadArgument(Exception):
    """An argument for which the service refuses the request."""


def type_of(id: str) -> str:
    """Return the type that a global id names. Raises `BadArgument`."""
    match = _ID.fullmatch(id)
    if match is None or int(match[2]) >= 2**63:
        raise BadArgument(id)
    return match[1]


def check(field: str, arguments: Mapping[str, Any], kinds: Mapping[str, GraphQLInputType], tables: Tables) -> None:
    """Check the arguments of a field, which is named like `Query.node`. Raises `BadArgument`."""
    paging = {name: arguments.get(name) for name in ("first", "last", "after", "before") if name in kinds}
    for name, value in arguments.items():
        if name not in paging:
            _check_value(f"{field}({name})", value, kinds[name])
    if paging:
        _check_page(paging, _keys(field, arguments, tables))
    match field:
        case "Query.node":
            _check_node_id(arguments["id"])
        case "Query.nodes":
            _check_lengths(arguments)
            for id in arguments["ids"]:
                _check_node_id(id)
        case "Query.compareOrganizations":
            _check_lengths(arguments)
        case "Query.organization":
            _check_organization(arguments.get("id"), arguments.get("slug"))
        case "OrganizationConnection.groups" | "PartnershipConnection.groups":
            if not 1 <= len(arguments["by"]) <= MOST_GROUPS or not set(arguments["by"]) <= GROUPS[field]:
                raise BadArgument(arguments["by"])
        case _:
            pass


def _check_value(place: str, value: Any, kind: GraphQLInputType) -> None:
    kind = get_nullable_type(kind)
    named = get_named_type(kind)
    if value is None:
        return
    if is_list_type(kind):
        for item in value:
            _check_value(place, item, kind.of_type)
    elif is_input_object_type(kind):
        for name, item in value.items():
            _check_value(f"{kind.name}.{name}", item, kind.fields[name].type)
        if kind.name == "OrganizationOrder" and (value["field"] == "METRIC") is not (
            value.get("metricKey") is not None
        ):
            raise BadArgument(value)
    elif named.name == "ID":
        if type_of(value) != _EXPECTED_TYPES.get(place, type_of(value)):
            raise BadArgument(value)
    elif named.name == "String":
        _check_text(value)


def _check_text(text: str) -> None:
    """Refuse a text that no database can store: one with NUL or a lone surrogate."""
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        raise BadArgument(text)


def _check_node_id(id: str) -> None:
    if type_of(id) not in TABLES:
        raise BadArgument(id)


def _check_lengths(arguments: Mapping[str, Any]) -> None:
    if any(len(value) > MOST for value in arguments.values()):
        raise BadArgument(arguments)


def _check_organization(id: str | None, slug: str | None) -> None:
    if (id is None) is (slug is None) or (slug is not None and not _SLUG.fullmatch(slug)):
        raise BadArgument(id, slug)


def _keys(field: str, arguments: Mapping[str, Any], tables: Tables) -> list[Key]:
    match field:
        case "Query.organizations":
            return organization_keys(tables, arguments.get("orderBy"))
        case "Organization.partnerships" | "Organization.memberships":
            return partnership_keys(tables, arguments.get("orderBy"))
        case _:
            return with_id(())


def _check_page(paging: Mapping[str, Any], keys: list[Key]) -> None:
    sizes = [size for size in (paging["first"], paging.get("last")) if size is not None] or [DEFAULT]
    if len(sizes) > 1 or not 1 <= sizes[0] <= MOST:
        raise BadArgument(paging)
    for cursor in (paging.get("after"), paging.get("before")):
        if cursor is not None:
            _check_cursor(cursor, keys)


def _check_cursor(cursor: str, keys: list[Key]) -> None:
    try:
        values = decode(cursor, keys)
    except (ValueError, ArithmeticError) as error:
        raise BadArgument(cursor) from error
    for value in values:
        if isinstance(value, str):
            _check_text(value)
