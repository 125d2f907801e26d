"""Checks that both databases can store a text from outside."""

from typing import overload

from db.errors import Invalid


def is_storable(text: str) -> bool:
    """Whether both databases accept the text: Postgres stores no NUL, and a lone surrogate has no UTF-8."""
    return "\0" not in text and text.encode(errors="replace").decode() == text


@overload
def storable(text: str, *path: str) -> str: ...
@overload
def storable(text: str | None, *path: str) -> str | None: ...
def storable(text: str | None, *path: str) -> str | None:
    """Return the text unchanged; raises `Invalid` if it is blank or a database would refuse it."""
    if text is None:
        return None
    if not text.strip():
        raise Invalid(f"expected {path[-1]} not to be blank, got {text!r}", path)
    if not is_storable(text):
        raise Invalid(f"expected {path[-1]} as Unicode text without NUL, got {text[:80]!a}", path)
    return text
