"""Every term of the closed lists has a description."""

import pytest

from db.values import quantity as quantity
from db.values.vocabulary import Sector, Term

LISTS = Term.__subclasses__()


@pytest.mark.parametrize("kind", LISTS)
def test_list_describes_itself_and_its_terms(kind: type[Term]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != Term.__doc__
    for term in kind:
        assert term.description.endswith("."), term
        assert "\n" not in term.description, term


@pytest.mark.parametrize("kind", LISTS)
def test_value_of_a_term_is_its_name(kind: type[Term]) -> None:
    for term in kind:
        assert term.value == term.name
        assert kind(term.name) is kind[term.name] is term


def test_term_hashes_by_identity() -> None:
    assert hash(Sector.MEDIA) == object.__hash__(Sector.MEDIA)
