"""People, posts (which exist even when nobody holds them, after Popolo), and tenures: who held which post when."""

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, Versioned, partial_date, quantity
from db.models.citation import Citable
from db.models.claim import Claimable
from db.models.owned import Owned
from db.sql.types import Name, enum_type
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.vocabulary import PostBody, Sector

if TYPE_CHECKING:
    from db.models.organization import Organization


class Person(Claimable, Versioned, Base):
    __tablename__ = "person"

    name: Mapped[str] = mapped_column(Name)

    tenures: Mapped[list["Tenure"]] = relationship(order_by="Tenure.id", lazy="raise")


class Post(Citable, Claimable, Owned, Versioned, Base, owned_by="organization_id"):
    __tablename__ = "post"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), index=True)
    body: Mapped[PostBody] = mapped_column(enum_type(PostBody))
    label: Mapped[str]
    constituency: Mapped[Sector | None] = mapped_column(enum_type(Sector))
    seats: Mapped[Quantity] = quantity("seats")  # pyright: ignore[reportAssignmentType]

    organization: Mapped["Organization"] = relationship(lazy="raise", overlaps="posts")
    tenures: Mapped[list["Tenure"]] = relationship(foreign_keys="Tenure.post_id", order_by="Tenure.id", lazy="raise")


class Tenure(Citable, Owned, Base, owned_by="post_id"):
    __tablename__ = "tenure"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="SET NULL"), index=True)
    start: Mapped[PartialDate | None] = partial_date("start")
    end: Mapped[PartialDate | None] = partial_date("end")

    post: Mapped[Post] = relationship(foreign_keys=[post_id], lazy="raise", overlaps="tenures")
    person: Mapped[Person] = relationship(lazy="raise", overlaps="tenures")
    on_behalf_of: Mapped["Organization | None"] = relationship(lazy="raise")
