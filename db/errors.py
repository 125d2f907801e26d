"""Errors that a client may read, each with the path to the input at fault."""

from typing import ClassVar


class DomainError(Exception):
    """Refuses a write. `path` leads to the input field at fault, in GraphQL's names: `("input", "validDuring")`."""

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
        super().__init__(f"there is no {type_name}:{id}", path)
        self.type_name = type_name
        self.id = id


class VersionConflict(DomainError):
    """The row has been changed since the caller read it."""

    code = "VERSION_CONFLICT"

    def __init__(self, type_name: str, id: int, *, expected: int, actual: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"{type_name}:{id} is at version {actual}, expected {expected}: read it again before you change it", path
        )
        self.type_name = type_name
        self.id = id
        self.expected = expected
        self.actual = actual


class Duplicate(DomainError):
    """The row that the input would add exists already, as `type_name` `id`."""

    code = "DUPLICATE"

    def __init__(self, message: str, type_name: str, id: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.type_name = type_name
        self.id = id
