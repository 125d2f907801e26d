"""A row that is about to be saved, as the rules of its model see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.commands.field import Field
from db.commands.row import Row


@dataclass
class Draft:
    """The row before the write, None for a new row, and the column values that the write sets."""

    fields: Mapping[str, Field]
    before: Row | None
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def __getitem__(self, attribute: str) -> Any:
        """The value after the write."""
        known = dict.fromkeys(self.fields[attribute].columns)
        return self.fields[attribute].read({**known, **(self.before or {}), **self.values})

    def old(self, attribute: str) -> Any:
        """The value before the write; None for a new row."""
        return None if self.before is None else self.fields[attribute].read(self.before)

    def gives(self, *attributes: str) -> bool:
        """Whether the write sets one of these."""
        return any(self.fields[name].columns[0] in self.values for name in attributes)
