"""Three queries, with variables that change from request to request."""

from collections.abc import Callable, Iterator
from typing import Any, Final

# The typical page of one organization.
PROFILE: Final = """query Profile($slug: String!) {
  organization(slug: $slug) {
    name slug sector isConvener
    metrics { state definition { key } value { value lower upper unit } }
    partnerships(first: 100) { nodes { role start partner { name slug sector } } }
    workstreams(first: 4) {
      nodes { name description participations(first: 50) { nodes { partnership { partner { name } } } } }
    }
  }
}"""

# A page of a list, with the first rows of each item's own lists.
LIST: Final = """query List($after: String) {
  organizations(where: {isConvener: true}, first: 50, after: $after) {
    nodes {
      name slug
      metrics { state definition { key } value { value unit } }
      partnerships(first: 10) { nodes { role partner { name slug } } }
      workstreams(first: 10) { nodes { name } }
    }
  }
}"""

# A query so small that the overhead around the statement dominates.
KEYS: Final = ("revenue_per_employee", "partner_type_breakdown")
SMALL: Final = """query Small($slug: String!) {
  organization(slug: $slug) {
    name
    metrics(keys: ["revenue_per_employee", "partner_type_breakdown"]) { state definition { key } value { value unit } }
  }
}"""

QUERIES: Final = {"profile": PROFILE, "list": LIST, "small": SMALL}
PAGE: Final = 50
# This query returns the cursors at which pages of the list begin.
PLACES: Final = """query Places($after: String) {
  organizations(where: {isConvener: true}, first: 100, after: $after) { edges { cursor node { id } } }
}"""

Variables = dict[str, Any]


def variables(query: str, conveners: int, place: Callable[[int], str]) -> Iterator[Variables]:
    """Yield the variables of successive requests, spread over the data. `place` returns the nth convener's cursor."""
    for i in range(conveners):
        if query == "list":
            yield {"after": place(i * 37 % (conveners - PAGE))}
        else:
            yield {"slug": f"synthetic-convener-{i * 37 % conveners + 1}"}
