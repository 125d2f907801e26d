"""Claims: what is said of a subject, and which of several claims is to be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, null, select

from db.commands.audit import Author, record, snapshot
from db.commands.citation import Quote, cite
from db.commands.lock import lock
from db.connections.sessions import ReadSession, WriteSession
from db.errors import Invalid, NotFound
from db.models import Change, Claim, Organization, Output, Person, Post, Property, Workstream
from db.models.claim import SUBJECTS
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.text import storable
from db.values.vocabulary import Certainty, Datatype, Operation, Rank, ValueStatus


class Reference(NamedTuple):
    """A row by its type, in GraphQL's names, and its number."""

    type_name: str
    id: int


Subject = Organization | Workstream | Output | Person | Post
Model = TypeVar("Model", Subject, Organization | Person)
Value = Quantity | str | PartialDate | Reference | ValueStatus

_convener_of_output = select(Workstream.convener_id).where(Workstream.id == Output.workstream_id).scalar_subquery()

# What claims can be about, and the organization that each belongs to.
_OWNERS: Final[dict[type[Subject], ColumnElement[Any]]] = {
    Organization: Organization.__table__.c.id,
    Workstream: Workstream.__table__.c.convener_id,
    Output: _convener_of_output,
    Person: null(),
    Post: Post.__table__.c.organization_id,
}
_SUBJECTS: Final = {model.__name__: model for model in _OWNERS}
_VALUES: Final = {model.__name__: model for model in (Organization, Person)}


async def assert_claim(
    session: WriteSession,
    author: Author,
    *,
    subject: Reference,
    property_key: str,
    value: Value,
    valid_during: str | None = None,
    certainty: Certainty = Certainty.ASSERTED,
    stated_in: str | None = None,
    quotes: Sequence[Quote] = (),
) -> Change:
    """The claim stands beside those that are there, with rank NORMAL and citations of `quotes`.

    `valid_during` is EDTF; a quantity's `as_of` says the same and may stand for it. SOME_VALUE and NO_VALUE are
    values of any property. Raises `Invalid` or `NotFound`.
    """
    about = property_of(await properties_by_key(session), property_key)
    check_value(about, value)
    owner_id = await _owner(session, subject)
    claim = Claim(
        property_id=about.id,
        valid_during=_valid_during(valid_during, value),
        certainty=certainty,
        stated_in=storable(stated_in, "input", "statedIn"),
        **{SUBJECTS[subject.type_name]: subject.id},
    )
    await _set_value(session, claim, value)
    session.add(claim)
    await session.flush()
    await cite(session, claim, quotes)
    change = record(session, author, Operation.CREATE, claim, owner_id, None, snapshot(claim))
    await session.flush()
    return change


async def set_claim_rank(
    session: WriteSession, author: Author, *, claim_id: int, rank: Rank, expected_version: int | None = None
) -> Change:
    """The claim has the rank, for the author's reason; other claims keep theirs.

    Raises `NotFound` or `VersionConflict`.
    """
    claim = await lock(session, Claim, claim_id, ("claim",), expected_version)
    before = snapshot(claim)
    claim.rank, claim.rank_reason = rank, author.reason
    await session.flush()
    owner_id = await _owner(session, _subject(claim))
    change = record(session, author, Operation.UPDATE, claim, owner_id, before, snapshot(claim))
    await session.flush()
    return change


async def properties_by_key(session: ReadSession) -> dict[str, Property]:
    """All properties, in the order of their keys."""
    return {found.key: found for found in await session.scalars(select(Property).order_by(Property.key))}


def property_of(properties: Mapping[str, Property], key: str) -> Property:
    """The property with this key; raises `Invalid`."""
    if key not in properties:
        raise Invalid(f"property must be one of {', '.join(properties)}, got {key!r}", ("input", "property"))
    return properties[key]


def check_value(about: Property, value: Value) -> None:
    """The property can have the value, as far as that shows without looking for what it names; raises `Invalid`."""
    kind = _datatype(value)
    if kind not in (None, about.datatype):
        wanted = about.datatype.name
        raise Invalid(f"the value of {about.key} must be a {wanted}, got a {kind.name}", ("input", "value"))
    if isinstance(value, Quantity) and about.unit not in (None, value.unit):
        raise Invalid(
            f"the unit of {about.key} must be {about.unit!r}, got {value.unit!r}",
            ("input", "value", "quantity", "unit"),
        )
    if isinstance(value, Quantity):
        for name in ("unit", "currency", "display"):
            storable(getattr(value, name), "input", "value", "quantity", name)
    if isinstance(value, str):
        storable(value, "input", "value", "text")


def _datatype(value: Value) -> Datatype | None:
    """None for what isn't known or isn't there, which every property may have."""
    match value:
        case Quantity():
            return Datatype.QUANTITY
        case str():
            return Datatype.TEXT
        case PartialDate():
            return Datatype.DATE
        case Reference():
            return Datatype.NODE
        case ValueStatus.SOME_VALUE | ValueStatus.NO_VALUE:
            return None
        case ValueStatus.VALUE:
            raise Invalid("a value, SOME_VALUE or NO_VALUE is wanted, got VALUE", ("input", "value"))


def _valid_during(edtf: str | None, value: Value) -> PartialDate | None:
    as_of = value.as_of if isinstance(value, Quantity) else None
    if None not in (edtf, as_of) and edtf != as_of:
        raise Invalid(
            f"validDuring must be the quantity's date, {as_of!r}, or left out, got {edtf!r}", ("input", "validDuring")
        )
    try:
        return None if (during := as_of if edtf is None else edtf) is None else PartialDate.of(during)
    except ValueError as error:
        raise Invalid(str(error), ("input", "validDuring")) from error


async def _set_value(session: WriteSession, claim: Claim, value: Value) -> None:
    claim.value_status, claim.value_kind = ValueStatus.VALUE, _datatype(value)
    match value:
        case Quantity():
            # The two share a column: the quantity must not write its own date over the claim's.
            claim.quantity = replace(value, as_of=claim.valid_during.edtf if claim.valid_during else None)
        case str():
            claim.text = value
        case PartialDate():
            claim.date = value
        case Reference():
            model = _model(value, _VALUES, ("input", "value", "node"))
            if await session.get(model, value.id) is None:
                raise NotFound(*value, ("input", "value", "node"))
            setattr(claim, f"value_{model.__tablename__}_id", value.id)
        case ValueStatus():
            claim.value_status = value


async def _owner(session: WriteSession, subject: Reference) -> int | None:
    """The organization that a change of the subject's claims is about; raises `Invalid` or `NotFound`."""
    model = _model(subject, _SUBJECTS, ("input", "subject"))
    found = (await session.execute(select(_OWNERS[model]).where(model.id == subject.id))).one_or_none()
    if found is None:
        raise NotFound(*subject, ("input", "subject"))
    return found[0]


def _model(reference: Reference, models: Mapping[str, type[Model]], path: tuple[str, ...]) -> type[Model]:
    if (model := models.get(reference.type_name)) is None:
        wanted = ", ".join(models)
        raise Invalid(f"{path[-1]} must be one of {wanted}, got {reference.type_name}", path)
    return model


def _subject(claim: Claim) -> Reference:
    for name, column in SUBJECTS.items():
        if (id := getattr(claim, column)) is not None:
            return Reference(name, id)
    raise AssertionError("the database keeps no claim without a subject")
