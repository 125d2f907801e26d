"""The kinds of fields of a record's entries: quotes, dates, and names that entries give and refer to."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo

from db.values.edtf import WANTED
from db.values.partial_date import PartialDate

if TYPE_CHECKING:
    from seed.record import PropertyEntry

CITE: Final = '"LINE: exact words on that line" or the name of one of the quotes'


@dataclass(frozen=True)
class Quote:
    """The characters `start` to `end` of line `line`, counted from 1, of the source: they read `exact`."""

    line: int
    start: int
    end: int
    exact: str


@dataclass
class Reading:
    """What has been read so far: entries refer to earlier ones, in the order of the fields of `Record`."""

    folder: Path
    lines: list[str] = field(default_factory=list[str])
    quotes: dict[str, Quote] = field(default_factory=dict[str, Quote])
    properties: dict[str, "PropertyEntry"] = field(default_factory=dict[str, "PropertyEntry"])
    # Slugs and keys, each with the kind of thing that it names.
    names: dict[str, str] = field(default_factory=dict[str, str])


def reading(info: ValidationInfo) -> Reading:
    """The reading that this validation belongs to."""
    assert isinstance(info.context, Reading)
    return info.context


def words(text: str) -> str:
    """The text as it is; raises `ValueError` where it is blank or holds a NUL, which Postgres doesn't keep."""
    if not text.strip() or "\0" in text:
        raise ValueError(f"text that isn't blank and has no NUL is wanted, got {text[:80]!r}")
    return text


def _text(name: str, info: ValidationInfo) -> str:
    try:
        text = (reading(info).folder / name).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the name of a UTF-8 file beside the record is wanted, got {name!r}: {error}") from error
    reading(info).lines = words(text).split("\n")
    return text


def _line(number: int, info: ValidationInfo) -> int:
    count = len(reading(info).lines)
    if not 1 <= number <= count:
        raise ValueError(f"a line must be 1..{count}, got {number}")
    return number


def _quote(given: object, info: ValidationInfo) -> Quote:
    if not isinstance(given, str):
        raise ValueError(f"{CITE} is wanted, got {given!r}")
    if named := reading(info).quotes.get(given):
        return named
    cited = re.fullmatch(r"(\d+): (.+)", given)
    if cited is None:
        raise ValueError(f"{CITE} is wanted, got {given!r}")
    number, exact = _line(int(cited[1]), info), cited[2]
    line = reading(info).lines[number - 1]
    # Words that occur twice don't say which of the two is meant.
    if (times := line.count(exact)) != 1:
        raise ValueError(f"words that line {number} has once are wanted, got {exact!r}, which it has {times} times")
    start = line.index(exact)
    return Quote(number, start, start + len(exact), exact)


def _edtf(given: object) -> PartialDate:
    if not isinstance(given, str):
        raise ValueError(f"{WANTED} is wanted, got {given!r}")
    return PartialDate.of(given)


def _distinct(quotes: list[Quote]) -> list[Quote]:
    if len(set(quotes)) < len(quotes):
        raise ValueError(f"each quote is wanted once, got {[quote.exact for quote in quotes]}")
    return quotes


def introduces(kind: str) -> AfterValidator:
    """The text becomes the name of a thing of this kind; a name is given once in a record."""

    def check(name: str, info: ValidationInfo) -> str:
        names = reading(info).names
        if name in names:
            raise ValueError(f"a name that no other entry has is wanted, got {name!r} again")
        names[name] = kind
        return name

    return AfterValidator(check)


def refers_to(*kinds: str) -> AfterValidator:
    """The text is the name of a thing of one of these kinds that this record has introduced."""

    def check(name: str, info: ValidationInfo) -> str:
        if reading(info).names.get(name) not in kinds:
            raise ValueError(f"the name of an entry of this record ({' or '.join(kinds)}) is wanted, got {name!r}")
        return name

    return AfterValidator(check)


Words = Annotated[str, AfterValidator(words)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Key = Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$")]
# In the file, the name of the text beside it; as read, the text.
TextFile = Annotated[str, AfterValidator(_text)]
LineNumber = Annotated[int, AfterValidator(_line)]
Edtf = Annotated[PartialDate, PlainValidator(_edtf)]
Cited = Annotated[Quote, PlainValidator(_quote)]
Cite = Annotated[list[Cited], Field(min_length=1), AfterValidator(_distinct)]
OrganizationRef = Annotated[str, refers_to("organization")]
SubjectRef = Annotated[str, refers_to("organization", "workstream", "output", "post")]
ClaimRef = Annotated[str, refers_to("claim")]
