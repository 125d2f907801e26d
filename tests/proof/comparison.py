"""Compares the service's answers with the reference's, including the order of keys."""

import asyncio
import json
import re
import traceback
from collections.abc import Mapping
from copy import copy
from difflib import unified_diff
from typing import Any, Final

from db.connections.engine import Database
from schema.service import Caller, Operation, Service
from tests.proof import operations, registry
from tests.proof.reduction import shrink
from tests.proof.reference import Reference, Refused

CALLER = Caller(actor="the proof")
REFUSED: Final = "refused"
FAILED: Final = "failed"
_TOO_LARGE: Final = re.compile(
    r"expected at most \d+ [a-z ]*(?:characters|tokens|brackets|selections|fields|inputs|arguments|points), got \d+"
)


class Comparison:
    """One registry, in memory and in several databases. Each database has its own service; all share one event loop."""

    def __init__(self, urls: Mapping[str, str], seed: int) -> None:
        rows = registry.rows(seed)
        self._runner = asyncio.Runner()
        self._databases = {name: Database(url) for name, url in urls.items()}
        self.services = self._services()
        self._runner.run(self._write(rows))
        sdl = next(iter(self.services.values())).sdl
        self.reference = Reference(sdl, rows)

    async def _write(self, rows: registry.Rows) -> None:
        await asyncio.gather(*(registry.write(database, rows) for database in self._databases.values()))

    def with_new_services(self) -> "Comparison":
        """Return a comparison of the same registry with new services, whose caches are empty."""
        other = copy(self)
        other.services = self._services()
        return other

    def _services(self) -> dict[str, Service]:
        services = {name: Service(database) for name, database in self._databases.items()}
        # Parsing and validation do not depend on the database and take most of the time, so the services share them.
        first, *others = services.values()
        for other in others:
            other.documents = first.documents
        return services

    def close(self) -> None:
        for database in self._databases.values():
            self._runner.run(database.dispose())
        self._runner.close()

    def check(self, operation: operations.Operation) -> None:
        """Assert that every database gives the reference's answer.

        The `AssertionError` contains the smallest operation that fails, ready to paste into a test.
        """
        if self.find_differences(operation):
            smallest = shrink(operation, lambda smaller: bool(self.find_differences(smaller)))
            raise AssertionError("\n\n".join([str(smallest), *self.find_differences(smallest)]))

    def find_differences(self, operation: operations.Operation) -> list[str]:
        """Describe each answer that differs from the reference's."""
        expected = self.expected(operation)
        return [
            f"the answer of {name} differs from the reference's\n\n{_report(expected, got)}"
            for name, got in self._runner.run(self._answers(operation)).items()
            if not self._agree(operation, expected, got)
        ]

    def _agree(self, operation: operations.Operation, expected: str, got: str) -> bool:
        if not got.startswith(REFUSED):
            return got == expected
        # Size limits do not change the meaning of an operation.
        if _TOO_LARGE.search(got):
            return True
        # Validation takes half of the time, so it runs only where it can change the result.
        return expected == REFUSED or not self.reference.is_valid(operation.query)

    def expected(self, operation: operations.Operation) -> str:
        try:
            return canonical_text(self.reference.answer(operation.query, operation.variables, operation.name))
        except Refused:
            return REFUSED

    async def _answers(self, operation: operations.Operation) -> dict[str, str]:
        asked = Operation(operation.query, operation.variables, operation.name)
        answers = await asyncio.gather(*(_answer(service, asked) for service in self.services.values()))
        return dict(zip(self.services, answers, strict=True))


async def _answer(service: Service, operation: Operation) -> str:
    try:
        return _read_answer((await service.answer(operation, CALLER)).body)
    except Exception:
        return f"{FAILED}\n{traceback.format_exc()}"


def _read_answer(body: bytes) -> str:
    response = json.loads(body)
    if "data" not in response:
        return REFUSED + "".join(f": {error['message']}" for error in response["errors"])
    return canonical_text({"data": response["data"], "errors": bool(response.get("errors"))})


def canonical_text(value: Any) -> str:
    """Return the value as text. Only the notation of numbers and cursors is lost."""
    return json.dumps(_plain(value), ensure_ascii=True)


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case str() if value.startswith("5b") and value.endswith("5d"):
            return _cursor(value)
        case _:
            return value


def _cursor(text: str) -> Any:
    try:
        return {"a cursor of": json.loads(bytes.fromhex(text))}
    except ValueError:
        return text


def _report(expected: str, got: str) -> str:
    if REFUSED in (expected, got.partition(":")[0]) or got.startswith(FAILED):
        return f"{expected[:300]}\n\n{got[-3000:]}"
    lines = (json.dumps(json.loads(text), indent=1).splitlines() for text in (expected, got))
    return "\n".join(list(unified_diff(*lines, "the reference", "the service", n=4, lineterm=""))[:60])
