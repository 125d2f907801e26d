"""Shrinks a failing operation: removes every part that is not needed for the failure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from graphql import REMOVE, DocumentNode, GraphQLSyntaxError, Visitor, parse, print_ast, visit

from tests.proof.operations import Operation

MOST_TRIES: Final = 500

# The kinds of nodes that can be removed from a document.
_OPTIONAL: Final = {
    "field",
    "inline_fragment",
    "fragment_spread",
    "argument",
    "directive",
    "object_field",
    "fragment_definition",
    "variable_definition",
    "operation_definition",
}


def shrink(operation: Operation, fails: Callable[[Operation], bool]) -> Operation:
    """Return a smaller operation that still fails, after at most `MOST_TRIES` tries."""
    place = 0
    for _ in range(MOST_TRIES):
        if (smaller := _remove_part(operation, place)) is None:
            break
        if smaller.query and fails(smaller):
            operation = smaller
        else:
            place += 1
    return operation


def _remove_part(operation: Operation, place: int) -> Operation | None:
    """Return the operation without one part.

    The query is empty if nothing is left. The result is None if `place` is behind the last part.
    """
    remover = _Remover(place)
    document = visit(parse(operation.query), remover)
    if remover.place >= 0:
        return None
    try:
        query = _tidy(document)
    except GraphQLSyntaxError:
        query = ""
    return replace(operation, query=query)


def _tidy(document: DocumentNode) -> str:
    """Remove the fragments and variables that nothing uses. Raises `GraphQLSyntaxError`."""
    while True:
        used = _UsedNames()
        visit(document, used)
        tidy = visit(document, _Tidier(used.names))
        if tidy == document:
            return print_ast(parse(print_ast(document)))
        document = tidy


class _Remover(Visitor):
    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def enter(self, node: Any, *_: Any) -> Any:
        if node.kind not in _OPTIONAL or self.place < 0:
            return None
        self.place -= 1
        return REMOVE if self.place < 0 else None


class _UsedNames(Visitor):
    """Collects the names of the fragments and variables that a document uses."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: Any, *_: Any) -> None:
        self.names.add(node.name.value)

    def enter_variable(self, node: Any, _key: Any, parent: Any, *_: Any) -> None:
        if getattr(parent, "kind", "") != "variable_definition":
            self.names.add(f"${node.name.value}")


class _Tidier(Visitor):
    def __init__(self, used: set[str]) -> None:
        super().__init__()
        self._used = used

    def enter_fragment_definition(self, node: Any, *_: Any) -> Any:
        return None if node.name.value in self._used else REMOVE

    def enter_variable_definition(self, node: Any, *_: Any) -> Any:
        return None if f"${node.variable.name.value}" in self._used else REMOVE
