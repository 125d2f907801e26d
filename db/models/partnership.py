"""Partnerships: a Popolo or W3C ORG Membership whose member is an organization."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from db.models.base import Base, Versioned, partial_date
from db.models.citation import Citable
from db.models.owned import Owned
from db.sql.periods import has_not_ended
from db.sql.types import enum_type
from db.values.partial_date import PartialDate
from db.values.vocabulary import PartnerRole, Sector

if TYPE_CHECKING:
    from db.models.organization import Organization
    from db.models.workstream import Participation


class Partnership(Citable, Owned, Versioned, Base, owned_by="convener_id"):
    __tablename__ = "partnership"
    __table_args__ = (Index(None, "convener_id", "id"), Index(None, "partner_id", "id"), Base.__table_args__)

    convener_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    role: Mapped[PartnerRole] = mapped_column(enum_type(PartnerRole), default=PartnerRole.PARTNER)
    name_at_time: Mapped[str | None]
    sector_at_time: Mapped[Sector] = mapped_column(enum_type(Sector))
    start: Mapped[PartialDate | None] = partial_date("start")
    end: Mapped[PartialDate | None] = partial_date("end")
    # A time at which the partnership certainly existed, for sources that name a partner but not the start.
    confirmed_during: Mapped[PartialDate | None] = partial_date("confirmed_during")

    convener: Mapped["Organization"] = relationship(foreign_keys=[convener_id], lazy="raise", overlaps="partnerships")
    partner: Mapped["Organization"] = relationship(foreign_keys=[partner_id], lazy="raise", overlaps="memberships")
    participations: Mapped[list["Participation"]] = relationship(order_by="Participation.id", lazy="raise")

    if TYPE_CHECKING:
        is_current: Mapped[bool]


_columns: Any = Partnership.__table__.c
Partnership.is_current = column_property(has_not_ended(_columns, func.current_date()), deferred=True)
