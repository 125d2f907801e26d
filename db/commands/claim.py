"""Claims: asserting one about a subject, and ranking it among others."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import bindparam, null, select, true

from db.commands.audit import Author, record
from db.commands.citation import Quote, cite
from db.commands.owner import SUBJECT_OWNERS
from db.commands.row import insert_row, lock_row, snapshot, table_of, update_row
from db.commands.save import Saved, check_version, refuse_version
from db.connections.sessions import ReadSession, WriteSession
from db.errors import Invalid, NotFound
from db.models import Base, Claim, Organization, Person, Property
from db.sql.prepared import Prepared
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.reference import Reference
from db.values.text import is_storable, storable
from db.values.vocabulary import Certainty, Datatype, Operation, Rank, ValueStatus

Model = TypeVar("Model", bound=Base)
Value = Quantity | str | PartialDate | Reference | ValueStatus

_SUBJECTS: Final = {model.__name__: model for model in SUBJECT_OWNERS}
_VALUES: Final = {model.__name__: model for model in (Organization, Person)}


async def assert_claim(
    session: WriteSession,
    author: Author | None,
    *,
    subject: Reference,
    property_key: str,
    value: Value,
    valid_during: str | None = None,
    certainty: Certainty = Certainty.ASSERTED,
    stated_in: str | None = None,
    rank: Rank = Rank.NORMAL,
    rank_reason: str | None = None,
    quotes: Sequence[Quote] = (),
    expected_version: int | None = None,
) -> Saved:
    """Add a claim that cites `quotes`; existing claims stay. Without an author the caller logs.

    `valid_during` is EDTF; a quantity's `as_of` can take its place. Any property can be SOME_VALUE or NO_VALUE. Raises
    `Invalid`, also for an expected version, or `NotFound`.
    """
    refuse_version(expected_version)
    about, owner_id = await _look_up(session, subject, property_key, value)
    row = await insert_row(
        session,
        Claim,
        {
            "property_id": about.id,
            "certainty": certainty,
            "stated_in": storable(stated_in, "input", "statedIn"),
            "rank": rank,
            "rank_reason": rank_reason,
            f"subject_{table_of(_SUBJECTS[subject.type_name]).name}_id": subject.id,
            **_columns(value, _valid_during(valid_during, value)),
        },
    )
    claim = Reference("Claim", row["id"])
    await cite(session, claim, quotes, is_new=True)
    if author is None:
        return Saved(claim.id, None)
    return Saved(claim.id, await record(session, author, Operation.CREATE, claim, owner_id, None, snapshot(row)))


async def set_claim_rank(
    session: WriteSession, author: Author, *, claim_id: int, rank: Rank, expected_version: int | None = None
) -> Saved:
    """Give the claim the rank, for the author's reason. Other claims keep their ranks.

    The same rank and reason as before change nothing. Raises `NotFound` or `VersionConflict`.
    """
    before = await lock_row(session, Claim, claim_id)
    if before is None:
        raise NotFound("Claim", claim_id, ("claim",))
    check_version(Claim, before, expected_version)
    values = {"rank": rank, "rank_reason": storable(author.reason, "write", "reason")}
    if all(before[name] == value for name, value in values.items()):
        return Saved(claim_id, None)
    after = await update_row(session, Claim, claim_id, values)
    (found,) = await _subject(_subject_of(before).type_name).run(session, {"subject_id": _subject_of(before).id})
    node = Reference("Claim", claim_id)
    change_id = await record(session, author, Operation.UPDATE, node, found.owner_id, snapshot(before), snapshot(after))
    return Saved(claim_id, change_id)


async def properties_by_key(session: ReadSession) -> dict[str, Property]:
    """All properties, in the order of their keys."""
    return {found.key: found for found in await session.scalars(select(Property).order_by(Property.key))}


def property_of(properties: Mapping[str, Property], key: str) -> Property:
    """The property with this key; raises `Invalid`."""
    if key not in properties:
        raise Invalid(f"expected one of the properties {', '.join(properties)}, got {key!r}", ("input", "property"))
    return properties[key]


def check_value(about: Any, value: Value) -> None:
    """Raise `Invalid` unless the property can have the value. A row that the value refers to may be missing.

    `about` has the `key`, `datatype` and `unit` of the property.
    """
    kind = _datatype(value)
    if kind not in (None, about.datatype):
        raise Invalid(f"expected a {about.datatype.name} for {about.key}, got a {kind.name}", ("input", "value"))
    if isinstance(value, Quantity) and about.unit not in (None, value.unit):
        raise Invalid(
            f"expected the unit {about.unit!r} for {about.key}, got {value.unit!r}",
            ("input", "value", "quantity", "unit"),
        )
    if isinstance(value, Quantity):
        for name in ("unit", "currency", "display"):
            storable(getattr(value, name), "input", "value", "quantity", name)
    if isinstance(value, str):
        storable(value, "input", "value", "text")


def _datatype(value: Value) -> Datatype | None:
    """None for SOME_VALUE and NO_VALUE, which every property may have."""
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
            raise Invalid("expected a value, SOME_VALUE or NO_VALUE, got VALUE", ("input", "value"))


def _valid_during(edtf: str | None, value: Value) -> PartialDate | None:
    as_of = value.as_of if isinstance(value, Quantity) else None
    if None not in (edtf, as_of) and edtf != as_of:
        raise Invalid(
            f"expected the quantity's date for validDuring, {as_of!r}, or none, got {edtf!r}", ("input", "validDuring")
        )
    try:
        return None if (during := as_of if edtf is None else edtf) is None else PartialDate.of(during)
    except ValueError as error:
        raise Invalid(str(error), ("input", "validDuring")) from error


def _columns(value: Value, during: PartialDate | None) -> dict[str, Any]:
    """The columns of the value and of its validity."""
    columns: dict[str, Any] = {"value_status": ValueStatus.VALUE, "value_kind": _datatype(value)}
    columns |= _parts("valid_during", during)
    match value:
        case Quantity():
            # The quantity's date is stored in the claim's column.
            parts = {f"quantity_{name}": part for name, part in vars(value).items() if name != "as_of"}
            return columns | parts
        case str():
            return columns | {"text": value}
        case PartialDate():
            return columns | _parts("date", value)
        case Reference():
            return columns | {f"value_{table_of(_VALUES[value.type_name]).name}_id": value.id}
        case ValueStatus():
            return columns | {"value_status": value}


def _parts(name: str, date: PartialDate | None) -> dict[str, Any]:
    return {} if date is None else {f"{name}_{part}": value for part, value in vars(date).items()}


async def _look_up(session: WriteSession, subject: Reference, key: str, value: Value) -> tuple[Any, int | None]:
    """The property, and the organization that owns the subject; raises `Invalid` or `NotFound`.

    One statement finds the property, the subject and the row that the value refers to, at the cost of one look-up.
    """
    named = value if isinstance(value, Reference) else None
    model = _model(subject, _SUBJECTS, ("input", "subject"))
    value_type = named.type_name if named and named.type_name in _VALUES else None
    values = {"subject_id": subject.id, "key": key, "value_id": named.id if named else None}
    # The drivers refuse text that the database cannot store.
    rows = await _lookup(model.__name__, value_type).run(session, values) if is_storable(key) else []
    if not rows:
        # Its own statement, and only for the message.
        property_of(await properties_by_key(session), key)
    (about,) = rows
    check_value(about, value)
    if about.subject_id is None:
        raise NotFound(*subject, ("input", "subject"))
    if named is not None:
        _model(named, _VALUES, ("input", "value", "node"))
        if about.value_id is None:
            raise NotFound(*named, ("input", "value", "node"))
    return about, about.owner_id


@cache
def _lookup(subject_type: str, value_type: str | None) -> Prepared:
    property_, subject = table_of(Property), _owned(subject_type).subquery()
    value: Any = null().label("value_id")
    if value_type is not None:
        table = table_of(_VALUES[value_type])
        value = select(table.c.id).where(table.c.id == bindparam("value_id")).scalar_subquery().label("value_id")
    columns = (property_.c.id, property_.c.key, property_.c.datatype, property_.c.unit)
    found = select(*columns, subject.c.subject_id, subject.c.owner_id, value)
    joined = found.select_from(property_.outerjoin(subject, true()))
    asked = joined.where(property_.c.key == bindparam("key", type_=property_.c.key.type))
    # The property keeps its key, datatype and unit until the claim is stored: see `db.commands.property.check_claims`.
    # The claim's foreign key takes the same lock a moment later.
    return Prepared(asked.with_for_update(read=True, key_share=True, of=property_))


@cache
def _subject(type_name: str) -> Prepared:
    return Prepared(_owned(type_name))


def _owned(type_name: str) -> Any:
    """The subject and the organization that owns it."""
    model = _SUBJECTS[type_name]
    table = table_of(model)
    owner = SUBJECT_OWNERS[model]
    columns = (table.c.id.label("subject_id"), owner.label("owner_id"))
    return select(*columns).where(table.c.id == bindparam("subject_id"))


def _model(reference: Reference, models: Mapping[str, type[Model]], path: tuple[str, ...]) -> type[Model]:
    if (model := models.get(reference.type_name)) is None:
        raise Invalid(f"expected the id of one of {', '.join(sorted(models))}, got {reference}", path)
    return model


def _subject_of(claim: Mapping[str, Any]) -> Reference:
    for name, model in _SUBJECTS.items():
        if (id := claim[f"subject_{table_of(model).name}_id"]) is not None:
            return Reference(name, id)
    raise AssertionError("expected a claim with a subject, got one without")
