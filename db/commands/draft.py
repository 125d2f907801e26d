"""A row as it is about to be saved, for the rules that are special to its model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.commands.field import Field
from db.commands.row import Row


@dataclass
class Draft:
    """The row before the write, None for a new one, and the columns' values that it gets."""

    fields: Mapping[str, Field]
    before: Row | None
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def __getitem__(self, attribute: str) -> Any:
        """The value that the row will have."""
        known = dict.fromkeys(self.fields[attribute].columns)
        return self.fields[attribute].read({**known, **(self.before or {}), **self.values})

    def old(self, attribute: str) -> Any:
        """The value that the row has before the write, None for a new row."""
        return None if self.before is None else self.fields[attribute].read(self.before)

    def gives(self, *attributes: str) -> bool:
        """Whether the write gives a value to one of these."""
        return any(self.fields[name].columns[0] in self.values for name in attributes)
