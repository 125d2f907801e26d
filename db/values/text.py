"""Text that comes from outside, as both databases can keep it."""

from typing import overload

from db.errors import Invalid


def is_storable(text: str) -> bool:
    """Whether both databases take the text: Postgres keeps no NUL, and half of a surrogate pair has no UTF-8."""
    return "\0" not in text and text.encode(errors="replace").decode() == text


@overload
def storable(text: str, *path: str) -> str: ...
@overload
def storable(text: str | None, *path: str) -> str | None: ...
def storable(text: str | None, *path: str) -> str | None:
    """The text as it came; raises `Invalid`, with its path, where it is blank or a database would refuse it."""
    if text is None:
        return None
    if not text.strip():
        raise Invalid(f"{path[-1]} must not be blank, got {text!r}", path)
    if not is_storable(text):
        raise Invalid(f"{path[-1]} must be Unicode text without NUL, got {text[:80]!a}", path)
    return text
