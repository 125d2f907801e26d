"""The DataLoaders of a request: each gathers keys that are requested together and loads their rows in one statement."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import load_only
from strawberry.dataloader import DataLoader

from db.connections.engine import Database
from db.models import (
    Base,
    Mark,
    MetricDefinition,
    MetricValue,
    Organization,
    Participation,
    Partnership,
    Workstream,
)

_QUANTITY: Final = tuple(column.name for column in MetricValue.__table__.c if column.name.startswith("value_"))

SHOWN: Final[dict[type[Base], tuple[str, ...]]] = {
    MetricDefinition: ("id", "key"),
    MetricValue: ("id", "definition_id", "subject_id", "computed_state", *_QUANTITY),
    Organization: ("id", "slug", "name", "sector", "is_convener"),
    Participation: ("id", "workstream_id", "partnership_id"),
    Partnership: ("id", "convener_id", "partner_id", "role", "start_edtf", "start_earliest", "start_latest"),
    Workstream: ("id", "convener_id", "name", "description"),
}


class Loaders:
    """The loaders of one request. They are not shared, so that no request sees rows cached by another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.organizations = self._by_id(Organization)
        self.partnerships = self._by_id(Partnership)
        self.definitions = self._by_id(MetricDefinition)
        self.marks: DataLoader[int, bool] = DataLoader(self._marked)
        self.metrics = self._pages_of(MetricValue, "subject_id")
        self.partnerships_of = self._pages_of(Partnership, "convener_id")
        self.workstreams_of = self._pages_of(Workstream, "convener_id")
        self.participations_of = self._pages_of(Participation, "workstream_id")

    async def rows(self, statement: Any) -> Sequence[Any]:
        # Loaders run concurrently, and only one of them at a time can use a session.
        async with self._database.read() as session:
            return (await session.scalars(statement)).all()

    def _by_id(self, model: Any) -> DataLoader[int, Any]:
        async def load(ids: list[int]) -> list[Any]:
            found = {row.id: row for row in await self.rows(select_shown(model).where(model.id.in_(ids)))}
            return [found.get(id) for id in ids]

        return DataLoader(load)

    def _pages_of(self, model: type[Base], parent: str) -> Callable[[int, int], Awaitable[list[Any]]]:
        """Return a function that loads a parent's first rows. Parents with the same page size share one statement."""
        loaders: dict[int, DataLoader[int, list[Any]]] = {}

        def load(parent_id: int, first: int) -> Awaitable[list[Any]]:
            if first not in loaders:
                loaders[first] = DataLoader(lambda ids: self._pages(model, parent, ids, first))
            return loaders[first].load(parent_id)

        return load

    async def _pages(self, model: Any, parent: str, ids: list[int], first: int) -> list[list[Any]]:
        column = getattr(model, parent)
        place = func.row_number().over(partition_by=column, order_by=model.id).label("place")
        numbered = select(model.id, place).where(column.in_(ids)).subquery()
        pages = select_shown(model).join(numbered, numbered.c.id == model.id).where(numbered.c.place <= first)
        return group_by_parent(await self.rows(pages.order_by(model.id)), parent, ids)

    async def _marked(self, ids: list[int]) -> list[bool]:
        marked = set(await self.rows(select(Mark.organization_id).where(Mark.organization_id.in_(ids))))
        return [id in marked for id in ids]


def select_shown(model: Any) -> Select[Any]:
    """Return a select of the model's rows, with the columns that the schema shows."""
    return select(model).options(load_only(*(getattr(model, name) for name in SHOWN[model]), raiseload=True))


def group_by_parent(rows: Iterable[Any], parent: str, ids: Iterable[int]) -> list[list[Any]]:
    """Group the rows by parent, in the order of `ids`."""
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, parent)].append(row)
    return [groups[id] for id in ids]
