"""Gathering what formulas need: a fixed number of statements for a batch, however many organizations it has."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Date,
    Select,
    and_,
    bindparam,
    case,
    distinct,
    func,
    literal,
    not_,
    or_,
    select,
    union,
    union_all,
)

from db.connections.sessions import ReadSession
from db.models import (
    Assessment,
    Change,
    Citation,
    Claim,
    Issue,
    Organization,
    OrganizationRelation,
    Output,
    Participation,
    Partnership,
    Passage,
    Position,
    Post,
    Property,
    Tenure,
    Workstream,
)
from db.sql import clock
from db.sql.ids import among_given
from db.sql.periods import has_not_ended
from db.sql.prepared import Prepared, run_all
from db.values.partial_date import PartialDate
from db.values.quantity import PARTS, Quantity
from db.values.vocabulary import Datatype, PartnerRole, PostBody, RelationKind, Sector, ValueStatus
from workers.metrics import METRICS, facts
from workers.metrics.facts import Facts, Node, Value
from workers.metrics.metric import Metric

_CLAIM: Final[Any] = Claim.__table__.c
# A claim's quantity is of the time that the claim is of.
_QUANTITY: Final = tuple(part for part in PARTS if part != "as_of")
_DATE: Final = ("edtf", "earliest", "latest")
_COLUMNS: Final[tuple[Any, ...]] = (
    _CLAIM.id,
    _CLAIM.value_status,
    _CLAIM.rank,
    _CLAIM.value_kind,
    _CLAIM.text,
    _CLAIM.value_organization_id,
    _CLAIM.value_person_id,
    *(_CLAIM[f"quantity_{name}"] for name in _QUANTITY),
    *(_CLAIM[f"valid_during_{name}"] for name in _DATE),
    *(_CLAIM[f"date_{name}"] for name in _DATE),
    select(func.count(distinct(Passage.source_id)))
    .join(Citation, Citation.passage_id == Passage.id)
    .where(Citation.claim_id == _CLAIM.id)
    .scalar_subquery()
    .label("sources"),
    Property.id.label("property_id"),
    Property.key,
    Property.label,
    Property.multivalued,
)


# Fields of `Facts`, by organization.
Fields = Mapping[int, dict[str, Any]]
# What statements are asked with, and the rows that one gives.
Asked = Mapping[str, Any]
Rows = Sequence[Any]

_TODAY: Final = bindparam("today", type_=Date())


def _is_asked(column: Any) -> Any:
    return among_given(column, "organization_ids")


def _asked(organization_ids: Sequence[int], today: date) -> Asked:
    return {
        "organization_ids": list(organization_ids),
        "today": today,
        "year": date(today.year - 1, 1, 1),
        "next_year": date(today.year, 1, 1),
    }


_ORGANIZATIONS: Final = Prepared(
    select(
        Organization.id,
        Organization.is_convener,
        select(func.max(Change.id)).where(Change.organization_id == Organization.id).scalar_subquery(),
        # Not the day on which the transaction began: a mark that the night has left since may have been taken.
        clock.today(),
    )
    .where(_is_asked(Organization.id))
    .order_by(Organization.id)
)


async def gather(
    session: ReadSession,
    organization_ids: Sequence[int],
    metrics: Sequence[Metric] = METRICS,
    today: date | None = None,
) -> list[Facts]:
    """The facts of those of the organizations that exist, in the order of their ids.

    Of tables other than that of the claims, only those that the metrics depend on are read. Unless `today` is given, it
    is the database's day, which is UTC's.
    """
    organizations = await _ORGANIZATIONS.run(session, {"organization_ids": list(organization_ids)})
    if not organizations:
        return []
    day: date = today or organizations[0][3]
    asked = _asked(organization_ids, day)
    tables = {table for metric in metrics for table in metric.depends_on}
    readers = [reader for table, reader in _READERS.items() if table in tables]
    found = iter(await run_all(session, [_CLAIMS, *(one for reader in readers for one in reader.statements)], asked))
    claims = _claims(next(found))
    gathered = [reader.fields(*islice(found, len(reader.statements))) for reader in readers]
    fields = {id: {name: of for part in gathered for name, of in part.get(id, {}).items()} for id, *_ in organizations}
    return [
        Facts(Node("Organization", id), is_convener, claims.get(id, ()), newest_change=change, today=day, **fields[id])
        for id, is_convener, change, _ in organizations
    ]


def _partner() -> Select[Any]:
    """Each partner of each convener once: whether it founded, since and until when it was a partner in any role.

    It had come by `came_by`; where it is `open`, no last day is known. Who left and came back was away in between, so
    each partnership tells of itself whether the partner was there when the year began, and when it had ended.
    """
    row: Any = Partnership.__table__.c
    year, next_year = (bindparam(name, type_=Date()) for name in ("year", "next_year"))

    def any_of(*conditions: Any) -> Any:
        return func.max(case((and_(*conditions), 1), else_=0))

    def perhaps_begun(before: Any) -> Any:
        return or_(row.start_earliest.is_(None), row.start_earliest < before)

    is_open = or_(row.end_edtf.is_(None), row.end_latest.is_(None))
    return (
        select(
            row.convener_id,
            row.partner_id,
            any_of(row.role == PartnerRole.FOUNDING_PARTNER).label("founder"),
            any_of(is_open).label("open"),
            func.max(row.end_latest).label("last"),
            func.min(row.start_latest).label("came_by"),
            func.max(row.confirmed_during_earliest).label("confirmed"),
            any_of(has_not_ended(row, year), row.start_latest < year).label("began"),
            any_of(has_not_ended(row, year), perhaps_begun(year)).label("began_perhaps"),
            any_of(has_not_ended(row, next_year), perhaps_begun(next_year)).label("stayed"),
        )
        .where(_is_asked(row.convener_id))
        .group_by(row.convener_id, row.partner_id)
    )


def _counts(was: Any) -> dict[str, Any]:
    """For each number of `facts.Partners`, which partners it counts."""
    present = or_(was.open == 1, was.last >= _TODAY)
    founder, left = was.founder == 1, and_(was.open == 0, was.last < _TODAY)
    began, stayed = was.began == 1, was.stayed == 1
    perhaps = and_(was.began_perhaps == 1, not_(began))
    # A source names the founder at a time after it had come.
    confirmed = and_(was.confirmed.is_not(None), or_(was.came_by.is_(None), was.confirmed > was.came_by))
    return {
        "ever": literal(value=True),
        "left": left,
        "founders": founder,
        "founders_presumed": and_(founder, present),
        "founders_confirmed": and_(founder, present, confirmed),
        "year_began": began,
        "year_left": and_(began, not_(stayed)),
        "year_began_perhaps": perhaps,
        "year_left_perhaps": and_(perhaps, not_(stayed)),
    }


def _counted() -> Select[Any]:
    was: Any = _partner().subquery().c
    counts = _counts(was)
    sums = (func.sum(case((counts[name], 1), else_=0)) for name in facts.Partners._fields)
    return select(was.convener_id, *sums).group_by(was.convener_id)


_HISTORY: Final = Prepared(_counted())


def _history(rows: Rows) -> Fields:
    """How many partners each convener has had, and how many of them stayed or left."""
    return {convener_id: {"partnerships": facts.Partners(*counts)} for convener_id, *counts in rows}


_PARTNERS: Final = Prepared(
    select(Partnership.convener_id, Organization.sector, func.count(distinct(Partnership.partner_id)))
    .join(Organization, Organization.id == Partnership.partner_id)
    .where(_is_asked(Partnership.convener_id), has_not_ended(Partnership.__table__.c, _TODAY))
    .group_by(Partnership.convener_id, Organization.sector)
)


def _partners(rows: Rows) -> Fields:
    """How many present partners each convener has, by sector."""
    found: dict[int, dict[str, Any]] = {}
    for convener_id, sector, count in rows:
        found.setdefault(convener_id, {"partners": {}})["partners"][sector] = count
    return found


_WORKSTREAMS: Final = Prepared(
    select(
        Workstream.convener_id,
        Workstream.id,
        Workstream.name,
        select(func.count()).where(Output.workstream_id == Workstream.id).scalar_subquery(),
    )
    .where(_is_asked(Workstream.convener_id))
    .order_by(Workstream.id)
)
_PARTICIPANTS: Final = Prepared(
    select(Participation.workstream_id, Organization.sector, func.count(distinct(Partnership.partner_id)))
    .join(Workstream, Workstream.id == Participation.workstream_id)
    .join(Partnership, Partnership.id == Participation.partnership_id)
    .join(Organization, Organization.id == Partnership.partner_id)
    .where(
        _is_asked(Workstream.convener_id),
        *(has_not_ended(one.__table__.c, _TODAY) for one in (Participation, Partnership)),
    )
    .group_by(Participation.workstream_id, Organization.sector)
)


def _workstreams(rows: Rows, participations: Rows) -> Fields:
    """Each workstream with how many outputs it has, and of which sectors those are who take part now."""
    participants: dict[int, dict[Sector, int]] = {}
    for workstream_id, sector, count in participations:
        participants.setdefault(workstream_id, {})[sector] = count
    found: dict[int, dict[str, Any]] = {}
    for convener_id, id, name, count in rows:
        of = found.setdefault(convener_id, {"workstreams": []})["workstreams"]
        of.append(facts.Workstream(id, name, participants.get(id, {}), count))
    return found


_POST: Final[Any] = Post.__table__.c
_TENURE: Final[Any] = Tenure.__table__.c
_POSTS: Final = Prepared(
    select(
        _POST.organization_id,
        _POST.id,
        _POST.body,
        _POST.label,
        _POST.constituency,
        *(_POST[f"seats_{name}"] for name in PARTS),
        _TENURE.id.label("tenure_id"),
        *(_TENURE[f"{side}_{name}"] for side in ("start", "end") for name in _DATE),
    )
    .select_from(Post)
    .outerjoin(Tenure, and_(_TENURE.post_id == _POST.id, _POST.body == PostBody.EXECUTIVE))
    .where(_is_asked(_POST.organization_id))
    .order_by(_POST.id, _TENURE.id)
)


def _posts(rows: Rows) -> Fields:
    """Each post, and the times for which executive ones were held."""
    found: dict[int, dict[str, Any]] = {}
    holders: dict[int, list[facts.Tenure]] = {}
    for row in rows:
        if row.id not in holders:
            holders[row.id] = []
            seats = None if row.seats_unit is None else Quantity(*row[5 : 5 + len(PARTS)])
            post = facts.Post(row.id, row.body, row.label, row.constituency, seats, holders[row.id])
            found.setdefault(row.organization_id, {"posts": []})["posts"].append(post)
        if row.tenure_id is not None:
            start = _date(row.start_edtf, row.start_earliest, row.start_latest)
            end = _date(row.end_edtf, row.end_earliest, row.end_latest)
            holders[row.id].append(facts.Tenure(row.tenure_id, start, end))
    return found


_ASSESSMENT: Final[Any] = Assessment.__table__.c
_ASSESSMENTS: Final = Prepared(
    select(
        _ASSESSMENT.subject_id,
        _ASSESSMENT.id,
        _ASSESSMENT.dimension,
        _ASSESSMENT.rating,
        *(_ASSESSMENT[f"assessed_during_{name}"] for name in _DATE),
    )
    .where(_is_asked(_ASSESSMENT.subject_id))
    .order_by(_ASSESSMENT.id)
)


def _assessments(rows: Rows) -> Fields:
    found: dict[int, dict[str, Any]] = {}
    for subject_id, id, dimension, rating, *date_of in rows:
        of = found.setdefault(subject_id, {"assessments": []})["assessments"]
        of.append(facts.Assessment(id, dimension, rating, _date(*date_of)))
    return found


_POSITIONS: Final = Prepared(
    select(Issue.organization_id, Position.id, Position.stance)
    .join(Issue, Issue.id == Position.issue_id)
    .where(_is_asked(Issue.organization_id))
    .order_by(Position.id)
)


def _positions(rows: Rows) -> Fields:
    found: dict[int, dict[str, Any]] = {}
    for organization_id, id, stance in rows:
        found.setdefault(organization_id, {"positions": []})["positions"].append(facts.Position(id, stance))
    return found


def _present_labs() -> Select[Any]:
    """Of the organizations that are claimed to be a FRONTIER_LAB, those that take part now.

    A lab takes part through its parent and its predecessor as well, whichever of the two the relation is told of.
    """
    relation, partnership = OrganizationRelation.__table__.c, Partnership.__table__.c
    claims = (
        select(_CLAIM.subject_organization_id.label("convener_id"), _CLAIM.value_organization_id.label("lab_id"))
        .join(Property, Property.id == _CLAIM.property_id)
        .where(
            _is_asked(_CLAIM.subject_organization_id),
            Property.key == "FRONTIER_LAB",
            _CLAIM.value_organization_id.is_not(None),
        )
        .cte("lab")
    )
    lab = claims.c
    above = or_(relation.kind == RelationKind.PARENT, relation.kind == RelationKind.PREDECESSOR)
    below = or_(relation.kind == RelationKind.CHILD, relation.kind == RelationKind.SUCCESSOR)
    stands_for = union(
        select(lab.convener_id, lab.lab_id, lab.lab_id.label("partner_id")),
        select(lab.convener_id, lab.lab_id, relation.to_organization_id)
        .join(OrganizationRelation, relation.from_organization_id == lab.lab_id)
        .where(above),
        select(lab.convener_id, lab.lab_id, relation.from_organization_id)
        .join(OrganizationRelation, relation.to_organization_id == lab.lab_id)
        .where(below),
    ).subquery("stands_for")
    return (
        select(stands_for.c.convener_id, stands_for.c.lab_id)
        .join(
            Partnership,
            and_(
                partnership.convener_id == stands_for.c.convener_id,
                partnership.partner_id == stands_for.c.partner_id,
                has_not_ended(partnership, _TODAY),
            ),
        )
        .distinct()
    )


_LABS: Final = Prepared(_present_labs())


def _labs(rows: Rows) -> Fields:
    found: dict[int, dict[str, Any]] = {}
    for convener_id, lab_id in rows:
        found.setdefault(convener_id, {"labs": set()})["labs"].add(lab_id)
    return found


class Reader(NamedTuple):
    """Statements, and what makes fields of the rows that they give."""

    fields: Callable[..., Fields]
    statements: Sequence[Prepared]


# What reads which table, or part of one, with those that it takes in on the way.
_READERS: Final = {
    "partnership": Reader(_partners, [_PARTNERS]),
    "partnership:history": Reader(_history, [_HISTORY]),
    "workstream": Reader(_workstreams, [_WORKSTREAMS, _PARTICIPANTS]),
    "post": Reader(_posts, [_POSTS]),
    "assessment": Reader(_assessments, [_ASSESSMENTS]),
    "position": Reader(_positions, [_POSITIONS]),
    "organization_relation": Reader(_labs, [_LABS]),
}


def _about(type: str, subject: Any, owner: Any) -> Select[Any]:
    return (
        select(*_COLUMNS, literal(type).label("subject_type"), subject.label("subject_id"), owner.label("owner_id"))
        .select_from(Claim)
        .join(Property, Property.id == Claim.property_id)
        .where(_is_asked(owner))
    )


_CLAIMS: Final = Prepared(
    union_all(
        _about("Organization", _CLAIM.subject_organization_id, _CLAIM.subject_organization_id),
        _about("Workstream", _CLAIM.subject_workstream_id, Workstream.convener_id).join(
            Workstream, Workstream.id == Claim.subject_workstream_id
        ),
        _about("Output", _CLAIM.subject_output_id, Workstream.convener_id)
        .join(Output, Output.id == Claim.subject_output_id)
        .join(Workstream, Workstream.id == Output.workstream_id),
        _about("Post", _CLAIM.subject_post_id, Post.organization_id).join(Post, Post.id == Claim.subject_post_id),
    )
)


def _claims(rows: Rows) -> dict[int, list[facts.Claim]]:
    """The claims of each organization and of its workstreams, outputs and posts."""
    by_owner: dict[int, list[facts.Claim]] = {}
    for row in rows:
        by_owner.setdefault(row.owner_id, []).append(_claim(row))
    return by_owner


def _claim(row: Any) -> facts.Claim:
    return facts.Claim(
        id=row.id,
        subject=Node(row.subject_type, row.subject_id),
        predicate=facts.Property(row.property_id, row.key, row.label, row.multivalued),
        # Raw SQL may leave a value behind where none is said any more.
        value=_value(row) if row.value_status is ValueStatus.VALUE else None,
        value_status=row.value_status,
        rank=row.rank,
        valid_during=_date(row.valid_during_edtf, row.valid_during_earliest, row.valid_during_latest),
        sources=row.sources,
    )


def _value(row: Any) -> Value | None:
    match row.value_kind:
        case Datatype.QUANTITY if row.quantity_unit is not None:
            return Quantity(
                row.quantity_value,
                row.quantity_lower,
                row.quantity_upper,
                row.quantity_unit,
                row.quantity_currency,
                row.quantity_comparator,
                row.quantity_bounds_basis,
                row.quantity_display,
                row.valid_during_edtf,
            )
        case Datatype.DATE:
            return _date(row.date_edtf, row.date_earliest, row.date_latest)
        case Datatype.NODE if row.value_organization_id is not None:
            return Node("Organization", row.value_organization_id)
        case Datatype.NODE if row.value_person_id is not None:
            return Node("Person", row.value_person_id)
        case Datatype.TEXT:
            return row.text
        case _:
            return None


def _date(edtf: str | None, earliest: Any, latest: Any) -> PartialDate | None:
    return None if edtf is None else PartialDate(edtf, earliest, latest)
