"""Citations: each ties a row to the words of a source that support it."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from db.models.base import Base, add_reference, require_one
from db.models.owned import Owned, take_owner

if TYPE_CHECKING:
    from db.models.source import Passage


class Citation(Owned, Base):
    """The characters `start` to `end` of a passage, which read `exact`, support one row (W3C Web Annotation).

    Each `Citable` model adds the reference to itself. A CHECK keeps exactly one reference set.
    """

    __tablename__ = "citation"
    __table_args__ = (CheckConstraint('"start" >= 0 AND "end" > "start"', name="span"), Base.__table_args__)

    passage_id: Mapped[int] = mapped_column(ForeignKey("passage.id", ondelete="CASCADE"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    exact: Mapped[str]

    passage: Mapped["Passage"] = relationship(lazy="raise", overlaps="citations")


# For each citable table, the column of a citation that refers to its row.
CITABLE: Final[dict[str, str]] = {}


class Citable:
    """A model whose rows can be cited: it has `citations`, and `Citation` refers to it by the name of its table.

    `class OrganizationRelation(Citable, Base, cited_as="relation")` gives the reference another name.
    """

    def __init_subclass__(cls, *, cited_as: str | None = None, **options: Any) -> None:
        # First the classes after this one, of which `Base` maps the model to its table.
        super().__init_subclass__(**options)
        model: Any = cls
        table: str = model.__tablename__
        CITABLE[table] = add_reference(Citation, cited_as or table, model, overlaps="citations")
        take_owner(Citation, CITABLE[table], model.__table__)
        require_one(Citation, "supports", CITABLE.values())

    @declared_attr
    def citations(cls) -> Mapped[list[Citation]]:
        model: Any = cls
        # Named when the mappers are configured: `CITABLE` does not have the model yet.
        keys: Any = lambda: [getattr(Citation, CITABLE[model.__tablename__])]  # noqa: E731
        return relationship(foreign_keys=keys, order_by=Citation.id, lazy="raise")
