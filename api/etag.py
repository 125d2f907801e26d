"""Entity tags, with which a client revalidates an answer instead of loading it again.

They are weak. The state of the database is read before the answer, so an older tag may name a newer answer, which costs
one needless load. In the other order, a client would keep an old answer for good.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

import db
import schema
from schema.service import Caller, Operation

# One of RFC 9110's entity-tags; a tag may contain a comma.
_TAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def entity_tag(state: str, operation: Operation, caller: Caller, media_type: str) -> str:
    """The tag of an operation's answer in this state of the database, today: some values depend on the date."""
    day = datetime.now(UTC).date().isoformat()
    named: list[Any] = [build(), state, day, media_type, caller.sees, *operation]
    return f'W/"{sha256(orjson.dumps(named)).hexdigest()[:32]}"'


def is_among(tag: str, given: str) -> bool:
    """Whether an If-None-Match field names the tag, by the weak comparison. It ignores `*`."""
    return tag.removeprefix("W/") in _TAG.findall(given)


@cache
def build() -> str:
    """A digest of the program: another version may give another answer from the same data."""
    digest = sha256()
    for content in _sources(Path(schema.__path__[0]), Path(db.__path__[0])):
        digest.update(content)
    return digest.hexdigest()


def _sources(*folders: Path) -> Iterable[bytes]:
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            yield file.read_bytes()
