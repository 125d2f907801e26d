"""Entity tags: what an answer is the answer to, so that whoever has it already need not be sent it again.

They are weak. What is committed is looked at before the answer is read, so that an older tag may name a newer answer,
which is asked for again in vain; the other way round, a client would keep an old answer for good.
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

# A list of RFC 9110's entity-tags, each of which may hold a comma.
_TAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def entity_tag(state: str, operation: Operation, caller: Caller, media_type: str) -> str:
    """The tag of an operation's answer while the database is in this state; what holds today may not hold tomorrow."""
    day = datetime.now(UTC).date().isoformat()
    named: list[Any] = [build(), state, day, media_type, caller.sees, *operation]
    return f'W/"{sha256(orjson.dumps(named)).hexdigest()[:32]}"'


def is_among(tag: str, given: str) -> bool:
    """Whether an If-None-Match header names the tag, by the weak comparison; `*` is for its caller to see."""
    return tag.removeprefix("W/") in _TAG.findall(given)


@cache
def build() -> str:
    """A digest of the program that answers: another program may answer otherwise from the same data."""
    digest = sha256()
    for content in _sources(Path(schema.__path__[0]), Path(db.__path__[0])):
        digest.update(content)
    return digest.hexdigest()


def _sources(*folders: Path) -> Iterable[bytes]:
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            yield file.read_bytes()
