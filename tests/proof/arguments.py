"""Random arguments. Most of them match rows of the registry; some are null, name other rows, or are bad."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from graphql import (
    GraphQLField,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from tests.proof.reference.lists import Key, encode, organization_keys, partnership_keys, with_id
from tests.proof.reference.tables import TYPES, Tables
from tests.proof.registry import METRICS, PROPERTIES, SECTIONS
from tests.proof.values import DAYS, DECIMALS, NAMES, TEXTS, format_decimal

Below = Callable[[int], int]

MOST_NESTED: Final = 2
SIZES: Final = (2, 1, 3, 5, 25, 100)
BAD_SIZES: Final = (0, 101, -1, 2**31)
BAD_IDS: Final = (
    "",
    "Organization",
    "Organization:0",
    "Organization:01",
    "organization:1",
    "Nothing:1",
    "Claim:1",
    "Organization:9223372036854775808",
    "Organization:1 ",
)
BAD_CURSORS: Final = (
    "",
    '"',
    "zz",
    "5b",
    "ä",
    encode([]),
    encode([True]),
    encode([2**63]),
    encode(["\0", 1]),
    encode(["2016-09-28T12:30:00", 1]),
    encode([0, "NaN", 1]),
)
BAD_TEXTS: Final = ("\0", "a\0b")
BAD_DAYS: Final = ("", "2016", "tomorrow", "2016-02-30")
BAD_DECIMALS: Final = ("", "x", "NaN", "Infinity", "1e999")

GROUPABLE: Final = {"OrganizationConnection": ("sector",), "PartnershipConnection": ("sector", "role")}
LISTED: Final = {f"{name}Connection": table for table, name in TYPES.items()}

# These tables are drawn more often: their rows lead to fields that no other row has, or come in several kinds.
_RARE: Final = ("workstream", "claim", "claim", "claim_conflict", "metric_value") * 3

_FILTERED: Final = (*NAMES, *PROPERTIES, "a", "l", "lph", "\\", "E", "_", "\x01")
_TEXTS: Final[Mapping[str, Sequence[str]]] = {
    "slug": ("partnership-on-ai", "a", "b-2", "z", "nobody"),
    "property": PROPERTIES,
    "key": METRICS,
    "keys": METRICS,
    "metricKey": METRICS,
    "section": tuple(section for section in SECTIONS if section is not None),
    "eq": _FILTERED,
    "in": _FILTERED,
    "contains": _FILTERED,
    "startsWith": _FILTERED,
}
_BOUNDS: Final = [bound for day in DAYS for bound in day[1:] if bound and 1000 < bound.year < 9000]
_DAYS: Final = tuple((bound + timedelta(days=shift)).isoformat() for bound in _BOUNDS for shift in (0, 1, -1))


@dataclass(frozen=True)
class Place:
    """Where a value belongs: an argument of a field, or a key of an input object, which has no field."""

    owner: str
    name: str
    field: GraphQLField | None = None


@dataclass(frozen=True)
class Arguments:
    """Draws arguments that match the tables.

    `below` draws an integer below a limit. With `with_errors`, bad values are drawn at times.
    """

    tables: Tables
    below: Below = lambda _: 0
    with_errors: bool = False
    nested: int = 0

    def with_draws(self, below: Below, *, with_errors: bool) -> "Arguments":
        return replace(self, below=below, with_errors=with_errors)

    def pick(self, values: Sequence[Any]) -> Any:
        return values[self.below(len(values))]

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def draws_bad(self, percent: int = 15) -> bool:
        return self.with_errors and self.chance(percent)

    def draw_for_field(self, owner: str, name: str, field: GraphQLField) -> dict[str, Any]:
        """Draw values for the required arguments of a field and for some of the others."""
        values: dict[str, Any] = {}
        for key, argument in field.args.items():
            # An order shows only in lists with several rows, so `orderBy` is drawn more often than other arguments.
            if is_required_argument(argument) or self.chance(80 if key == "orderBy" else 40):
                values[key] = self.value(Place(owner, key, field), argument.type, values)
        if values.get("first") is not None and values.get("last") is not None and not self.draws_bad():
            del values[self.pick(("first", "last"))]
        if (owner, name) == ("Query", "organization") and not self.draws_bad():
            self._keep_id_or_slug(values, field)
        return values

    def _keep_id_or_slug(self, values: dict[str, Any], field: GraphQLField) -> None:
        """Keep exactly one of id and slug."""
        kept, dropped = self.pick((("id", "slug"), ("slug", "id")))
        values.pop(dropped, None)
        while values.get(kept) is None:
            values[kept] = self.value(Place("Query", kept, field), field.args[kept].type, values)

    def sample(self, kind: Any) -> Any:
        """Draw a good value of the type that is not null."""
        found = None
        while found is None:
            found = replace(self, with_errors=False).value(Place("", ""), kind, {})
        return found

    def value(self, place: Place, kind: Any, earlier: Mapping[str, Any]) -> Any:
        """Draw a value of the type. `earlier` has the values of the field's earlier arguments."""
        if not is_non_null_type(kind) and self.chance(12):
            return None
        kind = get_nullable_type(kind)
        if is_list_type(kind):
            count = max(self.below(4), 0 if place.name not in ("by", "orderBy") or self.draws_bad() else 1)
            return [self.value(place, kind.of_type, earlier) for _ in range(count)]
        if is_input_object_type(kind):
            return self._input(kind)
        if is_enum_type(kind):
            return self.pick(list(kind.values))
        return self._scalar(place, kind.name, earlier)

    def _input(self, kind: Any) -> dict[str, Any]:
        inner = replace(self, nested=self.nested + 1)
        values: dict[str, Any] = {}
        for key, field in kind.fields.items():
            has_room = key not in ("and", "or", "not") or self.nested < MOST_NESTED
            if is_required_input_field(field) or (self.chance(36) and has_room):
                values[key] = inner.value(Place(kind.name, key), field.type, values)
        if kind.name == "OrganizationOrder" and not self.draws_bad():
            values.pop("metricKey", None)
            if values["field"] == "METRIC":
                values["metricKey"] = self.pick(METRICS)
        return values

    def _scalar(self, place: Place, kind: str, earlier: Mapping[str, Any]) -> Any:
        match kind:
            case "Boolean":
                return bool(self.below(2))
            case "Int":
                return self.pick(BAD_SIZES if self.draws_bad() else SIZES)
            case "ID":
                return self.pick(BAD_IDS) if self.draws_bad() else self._id(place)
            case "Date":
                return self.pick(BAD_DAYS if self.draws_bad() else _DAYS)
            case "Decimal":
                return self.pick(BAD_DECIMALS) if self.draws_bad() else self._decimal()
            case _ if place.name in ("after", "before") and place.field is not None:
                return self.pick(BAD_CURSORS) if self.draws_bad(30) else self._cursor(place.field, earlier)
            case _:
                return self.pick(BAD_TEXTS) if self.draws_bad(4) else self._text(place)

    def _id(self, place: Place) -> str:
        match place:
            case Place("Query", "id" | "ids", field) if field is not None and _shows_any(field):
                table = self.pick((*TYPES, *_RARE))
            case Place("Query", "id", field) if field is not None and get_named_type(field.type).name == "Source":
                table = "source"
            case _:
                table = "organization"
        if self.chance(5):
            return f"{TYPES[table]}:{self.pick((4711, 2**63 - 1))}"
        return f"{TYPES[table]}:{self.pick(self.tables.all(table))['id']}"

    def _decimal(self) -> Any:
        number = self.pick(DECIMALS)
        return format_decimal(number) if self.chance(70) else self.pick((0, 9, 10, -1.5, 0.1, 1e3))

    def _text(self, place: Place) -> str:
        if place.name == "by" and not self.draws_bad():
            return self.pick(GROUPABLE.get(place.owner, ("sector",)))
        return self.pick(_TEXTS.get(place.name, TEXTS))

    def _cursor(self, field: GraphQLField, earlier: Mapping[str, Any]) -> str:
        """Return the cursor of a random row, at times mixed with the keys of another row so that it names none."""
        table = LISTED[get_named_type(field.type).name]
        rows = self.tables.all(table)
        row, other = self.pick(rows), self.pick(rows)
        keys = self._keys(table, earlier)
        return encode([key.value(other if self.chance(10) else row) for key in keys])

    def _keys(self, table: str, earlier: Mapping[str, Any]) -> list[Key]:
        order = None if self.draws_bad() else earlier.get("orderBy")
        match table:
            case "organization" if all(by["field"] != "METRIC" or by.get("metricKey") for by in order or ()):
                return organization_keys(self.tables, [{"direction": "ASC", **by} for by in order or ()])
            case "partnership":
                return partnership_keys(self.tables, [{"direction": "ASC", **by} for by in order or ()])
            case _:
                return with_id(())


def _shows_any(field: GraphQLField) -> bool:
    return get_named_type(field.type).name == "Node"
