"""Facts that a metric does not declare are refused."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from db.values.facts import Facts
from db.values.reads import ALL_CLAIMS, POSTS, Claims, Part, UndeclaredFact, names_of, restrict, view_class
from tests.workers.facts import claim, exactly, pai

FACTS = replace(pai(claim(1, "EMPLOYEES", exactly(37)), claim(2, "PARTNER_COUNT", exactly(128))), labs={7})
FREE = ("organization", "is_convener", "newest_change", "today")
READS: dict[str, Callable[[Facts], Any]] = {
    **{field.name: lambda facts, name=field.name: getattr(facts, name) for field in fields(Facts)},
    "listed": lambda facts: facts.listed,
    "claims_of": lambda facts: facts.claims_of("EMPLOYEES"),
}


@pytest.mark.parametrize("name", sorted(set(READS) - set(FREE)))
def test_view_of_nothing_refuses_every_fact(name: str) -> None:
    view = restrict(FACTS, view_class(()))
    with pytest.raises(UndeclaredFact, match="expected a fact that the metric declares in reads, got "):
        READS[name](view)


@pytest.mark.parametrize("name", FREE)
def test_view_of_nothing_tells_organization_and_day(name: str) -> None:
    assert getattr(restrict(FACTS, view_class(())), name) == getattr(FACTS, name)


def test_view_of_one_property_refuses_other_claims() -> None:
    view = restrict(FACTS, view_class([Claims("EMPLOYEES")]))
    assert [one.id for one in view.claims_of("EMPLOYEES")] == [1]
    with pytest.raises(UndeclaredFact, match="got claim:PARTNER_COUNT"):
        view.claims_of("PARTNER_COUNT")
    with pytest.raises(UndeclaredFact, match="got claims"):
        _ = view.claims


def test_view_of_all_claims_knows_those_of_every_property() -> None:
    view = restrict(FACTS, view_class([ALL_CLAIMS]))
    assert view.claims is FACTS.claims
    assert view.claims_of("PARTNER_COUNT") == FACTS.claims_of("PARTNER_COUNT")


def test_view_is_the_facts_themselves_where_they_are_declared() -> None:
    assert restrict(FACTS, view_class([POSTS])).posts is FACTS.posts


def test_names_are_listed_once() -> None:
    assert names_of([POSTS, Claims("EMPLOYEES"), Part(("post", "tenure"), "posts")]) == (
        "post",
        "claim:EMPLOYEES",
        "tenure",
    )
