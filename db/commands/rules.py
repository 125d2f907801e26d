"""Rules for saving rows of single models: plain functions that check or complete a draft, run in this order."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from db.commands.draft import Draft
from db.commands.partnership import check_dates, check_parties
from db.commands.property import check_claims, check_key, check_unit
from db.connections.sessions import WriteSession
from db.models import Base, Partnership, Property

Rule = Callable[[WriteSession, Draft], Awaitable[None]]

RULES: Final[Mapping[type[Base], Sequence[Rule]]] = {
    Partnership: (check_parties, check_dates),
    Property: (check_key, check_unit, check_claims),
}

# Attributes that a rule fills in if the client leaves them out.
FILLED: Final[Mapping[type[Base], Sequence[str]]] = {Partnership: ("sector_at_time",)}
