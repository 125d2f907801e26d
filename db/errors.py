"""Errors that clients may read, each with the path to the faulty input field."""

from typing import ClassVar


class DomainError(Exception):
    """A write is refused. `path` leads to the faulty input field, in GraphQL names: `("input", "validDuring")`."""

    code: ClassVar[str]

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class Invalid(DomainError):
    """The input is not valid."""

    code = "VALIDATION"


class NotFound(DomainError):
    """The input refers to a row that does not exist."""

    code = "NOT_FOUND"

    def __init__(self, type_name: str, id: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(f"expected an existing {type_name}, got {type_name}:{id}", path)
        self.type_name = type_name
        self.id = id


class VersionConflict(DomainError):
    """The row has changed since the caller read it."""

    code = "VERSION_CONFLICT"

    def __init__(self, type_name: str, id: int, *, expected: int, actual: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"expected {type_name}:{id} at version {expected}, got version {actual}: read it again and retry", path
        )
        self.type_name = type_name
        self.id = id
        self.expected = expected
        self.actual = actual


class Duplicate(DomainError):
    """The input would add a row that already exists; `type_name` and `id` name that row."""

    code = "DUPLICATE"

    def __init__(self, message: str, type_name: str, id: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.type_name = type_name
        self.id = id
