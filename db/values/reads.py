"""The facts that a metric declares to read, and a view of `Facts` that refuses all others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NoReturn

from db.values.facts import Claim, Facts


class UndeclaredFact(Exception):
    """A formula reads a fact that its metric does not declare."""


@dataclass(frozen=True)
class Claims:
    """The claims about the organization itself that state one property."""

    property_key: str

    @property
    def names(self) -> tuple[str, ...]:
        return (f"claim:{self.property_key}",)


@dataclass(frozen=True)
class Part:
    """A field of `Facts`, and the tables that it is read from."""

    names: tuple[str, ...]
    field: str


Read = Claims | Part

ALL_CLAIMS: Final = Part(("claim", "property"), "claims")
CITED_CLAIMS: Final = Part(("claim", "citation"), "claims")
# The current partners, everyone who ever was a partner, and the partners that two conveners share.
PARTNERS: Final = Part(("organization", "partnership"), "partners")
PARTNER_HISTORY: Final = Part(("partnership:history",), "partnerships")
SHARED_PARTNERS: Final = Part(("partnership",), "overlap")
LABS: Final = Part(("organization_relation", "partnership"), "labs")
PARTICIPANTS: Final = Part(("organization", "partnership", "workstream", "participation"), "workstreams")
OUTPUTS: Final = Part(("workstream", "output"), "workstreams")
POSTS: Final = Part(("post",), "posts")
TENURES: Final = Part(("post", "tenure"), "posts")
ASSESSMENTS: Final = Part(("assessment",), "assessments")
POSITIONS: Final = Part(("issue", "position"), "positions")

# Every metric may read which organization it describes, and the day.
_FREE: Final = frozenset({"organization", "is_convener", "newest_change", "today"})
_DECLARABLE: Final = tuple(field.name for field in fields(Facts) if field.name not in _FREE)


def names_of(reads: Iterable[Read]) -> tuple[str, ...]:
    """The tables and properties that the facts come from, each once."""
    return tuple(dict.fromkeys(name for read in reads for name in read.names))


def fields_of(reads: Iterable[Read]) -> frozenset[str]:
    """The fields of `Facts` that are read whole."""
    return frozenset(read.field for read in reads if isinstance(read, Part))


def restrict(facts: Facts, view_class: type[Facts]) -> Facts:
    """The same facts as `view_class` shows them. The view shares their values, so it costs one object."""
    view = object.__new__(view_class)
    object.__setattr__(view, "__dict__", vars(facts))
    return view


def view_class(reads: Iterable[Read]) -> type[Facts]:
    """A class of facts that raises `UndeclaredFact` for every fact that `reads` does not name."""
    reads = list(reads)
    declared = fields_of(reads)
    keys = frozenset(read.property_key for read in reads if isinstance(read, Claims))
    body: dict[str, Any] = {name: property(_refusal(name)) for name in _DECLARABLE if name not in declared}
    if "claims" not in declared:
        body["claims_of"] = _claims_of(keys)
    return type("DeclaredFacts", (Facts,), body)


def _refusal(name: str) -> Callable[[Facts], NoReturn]:
    def refuse(_: Facts) -> NoReturn:
        raise UndeclaredFact(f"expected a fact that the metric declares in reads, got {name}")

    return refuse


def _claims_of(keys: frozenset[str]) -> Callable[[Facts, str], Sequence[Claim]]:
    def claims_of(facts: Facts, property_key: str) -> Sequence[Claim]:
        if property_key not in keys:
            _refusal(f"claim:{property_key}")(facts)
        return Facts.claims_of(facts, property_key)

    return claims_of
