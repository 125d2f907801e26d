"""What every derived value has to be, worked out from scratch: plain Python over the rows, nothing of the program's."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, NamedTuple

from tests.chaos.snapshot import Row, Snapshot

RATINGS: Final = ("VERY_LOW", "LOW", "MODERATE", "HIGH", "VERY_HIGH")
MONEY, SHARE = 2, 10


class Number(NamedTuple):
    """A number and its bounds, None where there is none."""

    value: Fraction | None
    lower: Fraction | None
    upper: Fraction | None


NONE: Final = Number(None, None, None)


class Derived(NamedTuple):
    """An outcome with its number and its parts: key, count and share."""

    outcome: str
    number: Number = NONE
    parts: tuple[tuple[str, int, Number], ...] = ()


class Conflict(NamedTuple):
    claims: tuple[int, ...]
    compatible: bool
    chosen: int | None


class Record(NamedTuple):
    """All that is known of an organization."""

    id: int
    claims: list[dict[str, Any]]
    # By partner, their partnerships; and by partner, its sector.
    partnerships: dict[int, list[Row]]
    sectors: Mapping[int, str]
    # By workstream, the partners that take part in it; and how many outputs it has.
    participants: dict[int, set[int]]
    outputs: Mapping[int, int]
    ratings: list[str]
    stances: Counter[str]


Key = tuple[int, str]
INSUFFICIENT: Final = Derived("INSUFFICIENT_DATA")
NOT_APPLICABLE: Final = Derived("NOT_APPLICABLE")


def values(snapshot: Snapshot) -> dict[Key, Derived]:
    """By organization and metric, what conveners must have; others must have nothing."""
    records = _records(snapshot)
    conveners = [row["id"] for row in snapshot["organization"] if row["is_convener"]]
    return {(id, key): formula(records[id]) for id in conveners for key, formula in FORMULAS.items()}


def conflicts(snapshot: Snapshot) -> dict[tuple[int, str, int], Conflict]:
    """By organization, subject and property, the claims that say unlike things."""
    found = {}
    for record in _records(snapshot).values():
        for (subject, property_id), claims in _groups(record).items():
            if len({_said(claim) for claim in claims}) > 1:
                chosen = _best(claims)
                found[record.id, subject, property_id] = Conflict(
                    tuple(claim["id"] for claim in claims), _agree(claims), chosen and chosen["id"]
                )
    return found


def number(row: Row, name: str) -> Number:
    """The columns `<name>_value`, `<name>_lower` and `<name>_upper`."""
    return Number(*(_fraction(row[f"{name}_{part}"]) for part in Number._fields))


def _fraction(stored: Any) -> Fraction | None:
    return None if stored is None else Fraction(str(stored))


def _records(snapshot: Snapshot) -> dict[int, Record]:
    sectors = {row["id"]: row["sector"] for row in snapshot["organization"]}
    outputs = Counter(row["workstream_id"] for row in snapshot["output"])
    records = {id: Record(id, [], defaultdict(list), sectors, {}, outputs, [], Counter()) for id in sectors}
    partnerships = {row["id"]: row for row in snapshot["partnership"]}
    for row in partnerships.values():
        records[row["convener_id"]].partnerships[row["partner_id"]].append(row)
    owners = {row["id"]: row["convener_id"] for row in snapshot["workstream"]}
    for workstream_id, owner in owners.items():
        records[owner].participants[workstream_id] = set()
    for row in snapshot["participation"]:
        partnership = partnerships[row["partnership_id"]]
        if _lasts(partnership):
            workstream_id = row["workstream_id"]
            records[owners[workstream_id]].participants[workstream_id].add(partnership["partner_id"])
    for claim in _claims(snapshot):
        records[claim["subject_organization_id"] or owners[claim["subject_workstream_id"]]].claims.append(claim)
    for row in snapshot["assessment"]:
        records[row["subject_id"]].ratings.append(row["rating"])
    for row in snapshot["position"]:
        records[row["organization_id"]].stances[row["stance"]] += 1
    return records


def _claims(snapshot: Snapshot) -> Iterable[dict[str, Any]]:
    properties = {row["id"]: row for row in snapshot["property"]}
    sources = defaultdict(set)
    for row in snapshot["citation"]:
        sources[row["claim_id"]].add(row["source_id"])
    for row in snapshot["claim"]:
        predicate = properties[row["property_id"]]
        yield dict(row) | {
            "property": predicate["key"],
            "multivalued": predicate["multivalued"],
            "sources": len(sources[row["id"]]),
            "subject": subject(row),
            "said": _interval(row) if row["quantity_unit"] else None,
            "unit": row["quantity_currency"] or row["quantity_unit"],
        }


def subject(row: Row) -> str:
    """`organization:12` or `workstream:7`."""
    organization, workstream = row["subject_organization_id"], row["subject_workstream_id"]
    return f"organization:{organization}" if organization else f"workstream:{workstream}"


def _interval(claim: Row) -> Number:
    value, lower, upper = number(claim, "quantity")
    if claim["quantity_comparator"] == "AT_LEAST":
        return Number(None, lower, upper)
    return Number(value, value if lower is None else lower, value if upper is None else upper)


def _lasts(partnership: Row) -> bool:
    # What has an end has ended: the writers know of no end to come.
    return partnership["end_edtf"] is None


def _best(claims: Iterable[Row]) -> Row | None:
    """Preferred before normal, then the latest, then the newest; deprecated ones and those without a value never."""
    telling = [claim for claim in claims if claim["rank"] != "DEPRECATED" and claim["snak_type"] == "VALUE"]
    return max(
        telling, key=lambda one: (one["rank"] == "PREFERRED", _day(one["valid_during_latest"]), one["id"]), default=None
    )


def _day(day: Any) -> str:
    return str(day or "")


def _claimed(record: Record, key: str) -> Number | None:
    own = [claim for claim in record.claims if claim["property"] == key and claim["subject_organization_id"]]
    best = _best(own)
    return best and best["said"]


def _rounded(digits: int, *parts: Fraction | int | None) -> Number:
    # Fractions round half to even.
    return Number(*(None if part is None else round(Fraction(part), digits) for part in parts))


def _over(one: Number, other: Number) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    return _divided(one.value, other.value), _divided(one.lower, other.upper), _divided(one.upper, other.lower)


def _divided(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return one / other if one is not None and other else None


def _exactly(count: int | Fraction) -> Number:
    return Number(*[Fraction(count)] * 3)


def _part(key: str, count: int, of: int) -> tuple[str, int, Number]:
    return key, count, _rounded(SHARE, *[Fraction(count, of)] * 3)


def _ratio(dividend: str, divisor: str, digits: int) -> Callable[[Record], Derived]:
    def formula(record: Record) -> Derived:
        one, other = _claimed(record, dividend), _claimed(record, divisor)
        if one is None or other is None:
            return INSUFFICIENT
        if other.value == 0 or other.upper == 0:
            return NOT_APPLICABLE
        quotient = _rounded(digits, *_over(one, other))
        return INSUFFICIENT if quotient == NONE else Derived("FRESH", quotient)

    return formula


def _present(record: Record) -> list[int]:
    return [partner for partner, rows in record.partnerships.items() if any(map(_lasts, rows))]


def _total(record: Record) -> Number:
    """How many partners there are, and never fewer than are listed."""
    listed = Fraction(len(_present(record)))
    reported = _claimed(record, "PARTNER_COUNT") or _exactly(listed)
    return Number(*(end if end is None else max(end, listed) for end in reported))._replace(
        lower=max(reported.lower or listed, listed)
    )


def _nobody(record: Record) -> Derived | None:
    if not _present(record) and _claimed(record, "PARTNER_COUNT") is None:
        return INSUFFICIENT
    return NOT_APPLICABLE if _total(record).upper == 0 else None


def _breakdown(record: Record) -> Derived:
    if nobody := _nobody(record):
        return nobody
    total = _total(record)
    counts = Counter(record.sectors[partner] for partner in _present(record))
    del counts["UNKNOWN"]
    known = counts.total()
    parts = [(sector, count, _sector_share(count, known, total)) for sector, count in counts.items()]
    least = total.lower if total.value is None else total.value
    unknown = int(least or 0) - known
    if unknown or total.upper is None:
        value, lower, upper = (None if not end else 1 - known / end for end in total)
        share = _rounded(SHARE, value, lower or 0, 1 if upper is None else upper)
        parts.append(("UNKNOWN", unknown, share))
    return Derived("FRESH", total, tuple(sorted(parts)))


def _sector_share(count: int, known: int, total: Number) -> Number:
    value, _, upper = total
    most = 1 if not upper else 1 - (known - count) / upper
    return _rounded(SHARE, count / value if value else None, count / upper if upper else 0, most)


def _coverage(record: Record) -> Derived:
    if nobody := _nobody(record):
        return nobody
    if _claimed(record, "PARTNER_COUNT") is None:
        return INSUFFICIENT
    listed = len(_present(record))
    covered = _over(_exactly(listed), _total(record))
    return Derived("FRESH", _exactly(0) if covered[1] is None and not listed else _rounded(SHARE, *covered))


def _retention(record: Record) -> Derived:
    founding = [
        partner
        for partner, rows in record.partnerships.items()
        if any(row["role"] == "FOUNDING_PARTNER" for row in rows)
    ]
    if not founding:
        return INSUFFICIENT
    presumed, founders = len(set(founding) & set(_present(record))), len(founding)
    parts = (("CONFIRMED", 0), ("LEFT", founders - presumed), ("PRESUMED", presumed))
    most = Fraction(presumed, founders)
    return Derived(
        "FRESH",
        _rounded(SHARE, None if presumed else 0, 0, most),
        tuple(_part(key, count, founders) for key, count in parts),
    )


def _participation(record: Record) -> Derived:
    counts = [len(partners) for partners in record.participants.values()]
    if not sum(counts):
        return INSUFFICIENT
    parts = [
        _part(f"Workstream:{id}/{sector}", count, len(partners))
        for id, partners in record.participants.items()
        for sector, count in Counter(record.sectors[partner] for partner in partners).items()
    ]
    return Derived("FRESH", _rounded(MONEY, *[Fraction(sum(counts), len(counts))] * 3), tuple(sorted(parts)))


def _outputs(record: Record) -> Derived:
    counts = {id: record.outputs[id] for id in record.participants}
    total = sum(counts.values())
    if not total:
        return INSUFFICIENT
    parts = sorted(_part(f"Workstream:{id}", count, total) for id, count in counts.items())
    return Derived("FRESH", _rounded(MONEY, *[Fraction(total, len(counts))] * 3), tuple(parts))


def _assessments(record: Record) -> Derived:
    if not record.ratings:
        return INSUFFICIENT
    at = sorted(RATINGS.index(rating) + 1 for rating in record.ratings)
    low, high = at[(len(at) - 1) // 2], at[len(at) // 2]
    parts = sorted(_part(rating, count, len(at)) for rating, count in Counter(record.ratings).items())
    return Derived("FRESH", _rounded(0, low if low == high else None, low, high), tuple(parts))


def _stances(record: Record) -> Derived:
    critics, defenders = record.stances["CRITIC"], record.stances["DEFENDER"]
    if not record.stances.total():
        return INSUFFICIENT
    if not critics + defenders:
        return NOT_APPLICABLE
    parts = sorted(_part(stance, count, record.stances.total()) for stance, count in record.stances.items())
    return Derived("FRESH", _rounded(SHARE, *[Fraction(defenders - critics, critics + defenders)] * 3), tuple(parts))


def _evidence(record: Record) -> Derived:
    claims = [claim for claim in record.claims if claim["rank"] != "DEPRECATED"]
    if not claims:
        return INSUFFICIENT
    dated = [claim for claim in claims if claim["valid_during_latest"]]
    sources = Counter(min(claim["sources"], 2) for claim in claims)
    counts = {"UNCITED": sources[0], "SINGLE_SOURCE": sources[1], "UNDATED": len(claims) - len(dated)}
    parts = sorted(_part(key, count, len(claims)) for key, count in counts.items())
    good = sum(claim["sources"] > 1 for claim in dated)
    return Derived("FRESH", _part("", good, len(claims))[2], tuple(parts))


def _groups(record: Record) -> dict[tuple[str, int], list[Row]]:
    groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for claim in record.claims:
        if claim["rank"] != "DEPRECATED" and not claim["multivalued"]:
            groups[claim["subject"], claim["property_id"]].append(claim)
    return groups


def _said(claim: Row) -> tuple[object, ...]:
    return claim["snak_type"], claim["said"], claim["unit"], claim["text"]


def _agree(claims: Sequence[Row]) -> bool:
    return all(_compatible(one, other) for one, other in combinations(claims, 2))


def _compatible(one: Row, other: Row) -> bool:
    if _apart(one, other) or _apart(other, one):
        return True
    if one["snak_type"] != "VALUE" or other["snak_type"] != "VALUE":
        return True
    if one["said"] is None or other["said"] is None:
        return _said(one) == _said(other)
    return one["unit"] == other["unit"] and _reaches(one, other) and _reaches(other, one)


def _apart(one: Row, other: Row) -> bool:
    ends, begins = one["valid_during_latest"], other["valid_during_earliest"]
    return bool(ends and begins) and _day(ends) < _day(begins)


def _reaches(one: Row, other: Row) -> bool:
    upper, lower = one["said"].upper, other["said"].lower
    return upper is None or lower is None or lower <= upper


def _disputes(record: Record) -> Derived:
    groups = _groups(record)
    disputed = sum(not _agree(claims) for claims in groups.values())
    return Derived("FRESH", _part("", disputed, len(groups))[2]) if groups else INSUFFICIENT


FORMULAS: Final[Mapping[str, Callable[[Record], Derived]]] = {
    "revenue_per_employee": _ratio("ANNUAL_REVENUE", "EMPLOYEES", MONEY),
    "revenue_per_partner": _ratio("ANNUAL_REVENUE", "PARTNER_COUNT", MONEY),
    "partners_per_employee": _ratio("PARTNER_COUNT", "EMPLOYEES", MONEY),
    "founding_share": _ratio("FOUNDER_COUNT", "PARTNER_COUNT", SHARE),
    "partner_type_breakdown": _breakdown,
    "listed_partner_coverage": _coverage,
    "founding_retention": _retention,
    "workstream_participation": _participation,
    "outputs_per_workstream": _outputs,
    "assessment_profile": _assessments,
    "stance_balance": _stances,
    "evidence_quality": _evidence,
    "conflict_rate": _disputes,
}
