"""Rows held for a change, so that two changes of one row take turns."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import class_mapper

from db.connections.sessions import WriteSession
from db.errors import NotFound, VersionConflict
from db.models.base import Versioned

Row = TypeVar("Row", bound=Versioned)


async def lock(
    session: WriteSession, model: type[Row], id: int, path: tuple[str, ...], expected_version: int | None = None
) -> Row:
    """The row as it is now, which nobody else changes before this unit of work ends.

    Raises `NotFound`, and `VersionConflict` where it isn't at the version that the caller has read, if they say so.
    """
    (key,) = class_mapper(model).primary_key
    row = await session.scalar(
        select(model)
        .where(key == id)
        # Rows that refer to it may still be written: their foreign keys only need its key to stay.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(model.__name__, id, path)
    if expected_version is not None and row.version != expected_version:
        raise VersionConflict(
            model.__name__, id, expected=expected_version, actual=row.version, path=("write", "expectedVersion")
        )
    return row
