"""The field types of a record: quotes, dates, and the names that entries introduce and refer to."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo

from db.commands.property import KEY_PATTERN
from db.values.edtf import WANTED
from db.values.partial_date import PartialDate
from db.values.vocabulary import Datatype

CITE: Final = '"LINE: exact words on that line" or the name of one of the quotes'


@dataclass(frozen=True)
class Quote:
    """The words `exact`, from `start` to `end` on a line of the source. Lines count from 1."""

    line: int
    start: int
    end: int
    exact: str


class ValueType(NamedTuple):
    """How to read the values of a property."""

    datatype: Datatype
    unit: str | None


@dataclass
class Reading:
    """The part of a record that is read so far. Entries refer only to earlier ones, in the order of `Record`."""

    folder: Path
    lines: list[str] = field(default_factory=list[str])
    quotes: dict[str, Quote] = field(default_factory=dict[str, Quote])
    properties: dict[str, ValueType] = field(default_factory=dict[str, ValueType])
    # This maps each slug and key to the kind of its entry.
    names: dict[str, str] = field(default_factory=dict[str, str])


def get_reading(info: ValidationInfo) -> Reading:
    """Return the reading from the validation's context."""
    assert isinstance(info.context, Reading)
    return info.context


def words(text: str) -> str:
    """Return the text unchanged. Raises `ValueError` if it is blank or has a NUL, which Postgres cannot store."""
    if not text.strip() or "\0" in text:
        raise ValueError(f"expected text that is not blank and has no NUL, got {text[:80]!r}")
    return text


def _text(name: str, info: ValidationInfo) -> str:
    try:
        text = (get_reading(info).folder / name).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"expected the name of a UTF-8 file beside the record, got {name!r}: {error}") from error
    get_reading(info).lines = words(text).split("\n")
    return text


def _line(number: int, info: ValidationInfo) -> int:
    count = len(get_reading(info).lines)
    if not 1 <= number <= count:
        raise ValueError(f"expected a line in 1..{count}, got {number}")
    return number


def _quote(given: object, info: ValidationInfo) -> Quote:
    if not isinstance(given, str):
        raise ValueError(f"expected {CITE}, got {given!r}")
    if named := get_reading(info).quotes.get(given):
        return named
    cited = re.fullmatch(r"(\d+): (.+)", given)
    if cited is None:
        raise ValueError(f"expected {CITE}, got {given!r}")
    number, exact = _line(int(cited[1]), info), cited[2]
    line = get_reading(info).lines[number - 1]
    # A quote that occurs twice on its line is ambiguous.
    if (times := line.count(exact)) != 1:
        raise ValueError(f"expected words that occur once on line {number}, got {exact!r}, which occurs {times} times")
    start = line.index(exact)
    return Quote(number, start, start + len(exact), exact)


def _edtf(given: object) -> PartialDate:
    if not isinstance(given, str):
        raise ValueError(f"expected {WANTED}, got {given!r}")
    return PartialDate.of(given)


def _distinct(quotes: list[Quote]) -> list[Quote]:
    if len(set(quotes)) < len(quotes):
        raise ValueError(f"expected each quote once, got {[quote.exact for quote in quotes]}")
    return quotes


def introduces(kind: str) -> AfterValidator:
    """Return a validator that registers the text as the name of an entry, and refuses a name that another entry has."""

    def check(name: str, info: ValidationInfo) -> str:
        names = get_reading(info).names
        if name in names:
            raise ValueError(f"expected a name that no other entry has, got {name!r} again")
        names[name] = kind
        return name

    return AfterValidator(check)


def refers_to(*kinds: str) -> AfterValidator:
    """Return a validator that refuses a text unless it names an earlier entry of one of these kinds."""

    def check(name: str, info: ValidationInfo) -> str:
        if get_reading(info).names.get(name) not in kinds:
            raise ValueError(f"expected the name of an entry of this record ({' or '.join(kinds)}), got {name!r}")
        return name

    return AfterValidator(check)


Words = Annotated[str, AfterValidator(words)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Key = Annotated[str, Field(pattern=f"^{KEY_PATTERN}$")]
# The record has the name of a text file beside it. Replace the name with the text.
TextFile = Annotated[str, AfterValidator(_text)]
LineNumber = Annotated[int, AfterValidator(_line)]
Edtf = Annotated[PartialDate, PlainValidator(_edtf)]
Cited = Annotated[Quote, PlainValidator(_quote)]
Cite = Annotated[list[Cited], Field(min_length=1), AfterValidator(_distinct)]
OrganizationRef = Annotated[str, refers_to("organization")]
SubjectRef = Annotated[str, refers_to("organization", "workstream", "output", "post")]
ClaimRef = Annotated[str, refers_to("claim")]
