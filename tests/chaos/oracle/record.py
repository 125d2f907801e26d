"""All facts about each organization on a day, from the rows of a snapshot."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from tests.chaos.oracle.numbers import Number, Span, claimed_number, lasts, span
from tests.chaos.snapshot import Row, Snapshot


class Claim(NamedTuple):
    """A claim. `value` is a number, a date, an organization's id or a text, or None if it is unknown."""

    id: int
    subject: str
    of_organization: bool
    key: str
    property_id: int
    multivalued: bool
    value_status: str
    rank: str
    value: Number | Span | int | str | None
    unit: str | None
    during: Span | None
    # The number of sources that are cited for the claim.
    sources: int


class Partnership(NamedTuple):
    partner: int
    role: str
    start: Span | None
    end: Span | None
    # The time when a source names the partner.
    confirmed: Span | None

    def lasts(self, on: date) -> bool:
        """Return whether the partnership may still last on that day."""
        return lasts(self.end, on)

    def began_before(self, other: date) -> bool:
        """Return whether the partnership certainly began before that day."""
        return bool(self.start and self.start.latest and self.start.latest < other)

    def may_have_begun_before(self, other: date) -> bool:
        return self.start is None or self.start.earliest is None or self.start.earliest < other


class Post(NamedTuple):
    """A post. `seats` is None if no number of seats is claimed."""

    body: str
    label: str
    constituency: str
    seats: Number | None
    # The start and the end of each tenure.
    tenures: Sequence[tuple[Span | None, Span | None]]


class Record(NamedTuple):
    """All facts about one organization on the day `today`."""

    id: int
    today: date
    claims: list[Claim]
    # Partnerships and sectors are keyed by the partner's id.
    partnerships: dict[int, list[Partnership]]
    sectors: Mapping[int, str]
    # Parents and predecessors are keyed by the id of the organization that has them.
    above: Mapping[int, set[int]]
    # Participating partners and the number of outputs are keyed by the workstream's id.
    participants: dict[int, set[int]]
    outputs: Mapping[int, int]
    posts: list[Post]
    ratings: list[str]
    stances: Counter[str]

    @property
    def present(self) -> list[int]:
        """The ids of today's partners, in any role."""
        return [id for id, rows in self.partnerships.items() if any(row.lasts(self.today) for row in rows)]

    def claims_of(self, key: str) -> list[Claim]:
        """Return the claims about the organization itself that are not deprecated."""
        return [one for one in self.claims if one.key == key and one.of_organization and one.rank != "DEPRECATED"]

    def claimed(self, key: str) -> Claim | None:
        """Return the best claim about the organization itself."""
        return best(self.claims_of(key))

    def number(self, key: str) -> Number | None:
        """Return the number of the best claim, or None if it has none."""
        chosen = self.claimed(key)
        return chosen.value if chosen and isinstance(chosen.value, Number) else None


def records(snapshot: Snapshot, today: date) -> dict[int, Record]:
    """Return all facts by organization id."""
    sectors = {row["id"]: row["sector"] for row in snapshot["organization"]}
    outputs = Counter(row["workstream_id"] for row in snapshot["output"])
    above = _above(snapshot)
    found = {
        id: Record(id, today, [], defaultdict(list), sectors, above, {}, outputs, [], [], Counter()) for id in sectors
    }
    owners = {row["id"]: row["convener_id"] for row in snapshot["workstream"]}
    _add_partners(found, snapshot, owners)
    for claim, organization, workstream in _claims(snapshot):
        found[organization or owners[workstream]].claims.append(claim)
    for owner, post in _posts(snapshot):
        found[owner].posts.append(post)
    for row in snapshot["assessment"]:
        found[row["subject_id"]].ratings.append(row["rating"])
    for row in snapshot["position"]:
        found[row["organization_id"]].stances[row["stance"]] += 1
    return found


def best(claims: Iterable[Claim]) -> Claim | None:
    """Return the best claim: PREFERRED before NORMAL, then the latest, then the newest.

    Deprecated claims and claims without a value never count.
    """
    candidates = [one for one in claims if one.rank != "DEPRECATED" and one.value_status == "VALUE"]
    return max(candidates, key=lambda one: (one.rank == "PREFERRED", _last_day(one.during), one.id), default=None)


def subject(row: Row) -> str:
    """Return the subject as `organization:12` or `workstream:7`."""
    organization, workstream = row["subject_organization_id"], row["subject_workstream_id"]
    return f"organization:{organization}" if organization else f"workstream:{workstream}"


def _last_day(during: Span | None) -> date:
    return during.latest or date.min if during else date.min


def _add_partners(found: Mapping[int, Record], snapshot: Snapshot, owners: Mapping[int, int]) -> None:
    partnerships: dict[int, Partnership] = {}
    for row in snapshot["partnership"]:
        times = (span(row, name) for name in ("start", "end", "confirmed_during"))
        one = Partnership(row["partner_id"], row["role"], *times)
        partnerships[row["id"]] = one
        found[row["convener_id"]].partnerships[one.partner].append(one)
    for workstream, owner in owners.items():
        found[owner].participants[workstream] = set()
    for row in snapshot["participation"]:
        owner, one = found[owners[row["workstream_id"]]], partnerships[row["partnership_id"]]
        if one.lasts(owner.today) and lasts(span(row, "end"), owner.today):
            owner.participants[row["workstream_id"]].add(one.partner)


def _above(snapshot: Snapshot) -> Mapping[int, set[int]]:
    """Return the parents and predecessors of each organization. A relation may be stored in either direction."""
    above: dict[int, set[int]] = defaultdict(set)
    for row in snapshot["relation"]:
        one, other = row["from_organization_id"], row["to_organization_id"]
        if row["kind"] in ("PARENT", "PREDECESSOR"):
            above[one].add(other)
        if row["kind"] in ("CHILD", "SUCCESSOR"):
            above[other].add(one)
    return above


def _claims(snapshot: Snapshot) -> Iterable[tuple[Claim, int | None, int]]:
    """Yield each claim with the organization and the workstream that it may be about."""
    properties = {row["id"]: row for row in snapshot["property"]}
    sources = defaultdict[int, set[int]](set)
    for row in snapshot["citation"]:
        sources[row["claim_id"]].add(row["source_id"])
    for row in snapshot["claim"]:
        property_row, organization = properties[row["property_id"]], row["subject_organization_id"]
        claim = Claim(
            id=row["id"],
            subject=subject(row),
            of_organization=organization is not None,
            key=property_row["key"],
            property_id=property_row["id"],
            multivalued=bool(property_row["multivalued"]),
            value_status=row["value_status"],
            rank=row["rank"],
            value=_value(row) if row["value_status"] == "VALUE" else None,
            unit=row["quantity_currency"] or row["quantity_unit"],
            during=span(row, "valid_during"),
            sources=len(sources[row["id"]]),
        )
        yield claim, organization, row["subject_workstream_id"]


def _value(row: Row) -> Any:
    match row["value_kind"]:
        case "QUANTITY":
            return claimed_number(row, "quantity")
        case "DATE":
            return span(row, "date")
        case "NODE":
            return row["value_organization_id"]
        case _:
            return row["text"]


def _posts(snapshot: Snapshot) -> Iterable[tuple[int, Post]]:
    tenures = defaultdict[int, list[tuple[Span | None, Span | None]]](list)
    for row in snapshot["tenure"]:
        tenures[row["post_id"]].append((span(row, "start"), span(row, "end")))
    for row in snapshot["post"]:
        seats = claimed_number(row, "seats") if row["seats_unit"] else None
        post = Post(row["body"], row["label"], row["constituency"] or "UNKNOWN", seats, tenures[row["id"]])
        yield row["organization_id"], post
