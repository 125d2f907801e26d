"""Loads records, each at most once and either completely or not at all."""

from pathlib import Path
from typing import Final

from sqlalchemy import select

from db.commands.audit import Author
from db.commands.audit import record as log
from db.connections.sessions import ReadSession, WriteSession
from db.errors import DomainError
from db.models import Organization, Property, Source
from db.values.reference import Reference
from db.values.vocabulary import Datatype, Operation
from seed.record import Record, read
from seed.refusal import RecordError
from seed.rows import Loader

# This folder has the records that come with Convene.
RECORDS: Final = Path(__file__).parent / "data"


def default_record() -> Path:
    """Return the record for an empty registry: the Partnership on AI."""
    return RECORDS / "partnership-on-ai.toml"


async def is_empty(session: ReadSession | WriteSession) -> bool:
    """Return whether no organization is registered."""
    return await session.scalar(select(Organization.id).limit(1)) is None


async def load_record(session: WriteSession, record: Path) -> bool:
    """Write the record's rows. Return False, and write nothing, if its text is already loaded.

    Organizations and properties that are already registered are reused unchanged. The convener has to be new. Raises
    `RecordError` if the file is broken or the registry refuses it. Let the error leave the unit of work.
    """
    entries = read(record)
    if await session.scalar(select(Source.id).where(Source.sha256 == entries.source.sha256)) is not None:
        return False
    organizations = await _registered_organizations(session, record, entries)
    properties = await _registered_properties(session, record, entries)
    loader = Loader(session, entries, organizations, properties)
    try:
        await loader.load()
    except DomainError as error:
        raise RecordError.at(record, loader.place, error.message) from error
    # One log entry for the whole record, because a record is loaded completely or not at all.
    after = {"title": entries.source.title, "sha256": entries.source.sha256}
    node = Reference("Source", loader.source_id)
    author = Author("seed", f"Loaded {record.name}")
    await log(session, author, Operation.CREATE, node, loader.convener_id, None, after)
    return True


async def _registered_organizations(session: WriteSession, file: Path, entries: Record) -> dict[str, int]:
    slugs = [entry.slug for entry in entries.organizations]
    found = await session.scalars(select(Organization).where(Organization.slug.in_(slugs)))
    registered = {organization.slug: organization.id for organization in found}
    # A second record of the same convener would repeat its partnerships and workstreams.
    if entries.convener in registered:
        problem = f"expected an organization that is not registered, got {entries.convener!r}"
        raise RecordError.at(file, ("convener",), problem)
    return registered


async def _registered_properties(session: WriteSession, file: Path, entries: Record) -> set[str]:
    found = await session.scalars(select(Property).where(Property.key.in_(entries.properties)))
    registered = {row.key: row for row in found}
    for key, row in registered.items():
        entry = entries.properties[key]
        expected, got = (row.datatype, row.unit), (entry.datatype, entry.unit)
        if expected != got:
            problem = f"expected {_kind(*expected)}, as registered, got {_kind(*got)}"
            raise RecordError.at(file, ("properties", key), problem)
    return set(registered)


def _kind(datatype: Datatype, unit: str | None) -> str:
    return f"{datatype.name} in {unit}" if unit else datatype.name
