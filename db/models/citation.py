"""Evidence: the citations that tie a row to the words of a source, and the metrics that use it."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from db.models.base import Base, add_reference, require_one
from db.models.metric import MetricInput
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


# For each citable model, by name, the column of a citation and of a metric's input that refers to its row.
CITABLE: Final[dict[str, str]] = {}


class Citable:
    """A model whose rows sources support and metrics use: `Citation` and `MetricInput` refer to it.

    The references have the name of its table; `class OrganizationRelation(Citable, Base, cited_as="relation")` gives
    them another.
    """

    def __init_subclass__(cls, *, cited_as: str | None = None, **options: Any) -> None:
        # First the classes after this one, of which `Base` maps the model to its table.
        super().__init_subclass__(**options)
        model: Any = cls
        name = cited_as or model.__tablename__
        CITABLE[cls.__name__] = add_reference(Citation, name, model, overlaps="citations")
        add_reference(MetricInput, name, model, ondelete="SET NULL")
        take_owner(Citation, CITABLE[cls.__name__], model.__table__)
        require_one(Citation, "supports", CITABLE.values())

    @declared_attr
    def citations(cls) -> Mapped[list[Citation]]:
        model: Any = cls
        # Named when the mappers are configured: `CITABLE` does not have the model yet.
        keys: Any = lambda: [getattr(Citation, CITABLE[model.__name__])]  # noqa: E731
        return relationship(foreign_keys=keys, order_by=Citation.id, lazy="raise")
