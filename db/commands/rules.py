"""What is special to saving the rows of one model: plain functions that check or complete a draft, in this order."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from db.commands.draft import Draft
from db.commands.partnership import check_dates, check_parties
from db.connections.sessions import WriteSession
from db.models import Base, Partnership

Rule = Callable[[WriteSession, Draft], Awaitable[None]]

RULES: Final[Mapping[type[Base], Sequence[Rule]]] = {Partnership: (check_parties, check_dates)}

# The attributes that a rule fills where they are not given: a new row does not need them from its client.
FILLED: Final[Mapping[type[Base], Sequence[str]]] = {Partnership: ("sector_at_time",)}
