"""A broken record is refused as a whole, with the file, the line, the field, and the expected and actual value."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from db.connections.engine import Database
from db.models import Base
from seed.load import RECORDS, default_record, load_record
from seed.record import read
from seed.refusal import RecordError

RECORD = default_record().read_text()


class Broken(NamedTuple):
    """A broken record, made by one replacement, with the expected field and problem. `*` stands for a claim's index."""

    old: str
    new: str
    field: str
    problem: str
    # The distance from the replaced line to the reported line.
    offset: int = 0


BROKEN = {
    "syntax": Broken('name = "IBM"', "name = IBM", "name", "expected TOML 1.0, got: Invalid value"),
    "syntax between keys": Broken("[source]", "[source", "syntax", "expected TOML 1.0, got: "),
    "unknown field": Broken(
        'slug = "ibm"\nname = "IBM"\nsector',
        'slug = "ibm"\nname = "IBM"\nsektor',
        "organizations[5].sektor",
        "expected one of slug, name, sector, is_convener, other_names, cite, got sektor",
        offset=2,
    ),
    "unknown field of an inline table": Broken(
        'EMPLOYEES = { label = "Staff"',
        'EMPLOYEES = { name = "Staff"',
        "properties.EMPLOYEES.name",
        "expected one of label, datatype, unit, multivalued, got name",
    ),
    "unknown table": Broken(
        "[[relations]]",
        '[[partners]]\nslug = "x"\n\n[[relations]]',
        "partners",
        "expected one of source, quotes, properties, organizations, convener, relations, ",
    ),
    "missing field": Broken(
        '[[organizations]]\nslug = "ibm"\n',
        "[[organizations]]\n",
        "organizations[5].slug",
        "expected a value, got none",
    ),
    "wrong enum": Broken(
        'kind = "FRAMEWORK"',
        'kind = "FRAME"',
        "workstreams[0].outputs[0].kind",
        "'FRAMEWORK', 'GUIDELINE', 'RESEARCH', 'DATABASE', 'STATEMENT' or 'OTHER', got 'FRAME'",
    ),
    "bad slug": Broken('slug = "openai"', 'slug = "Open AI"', "organizations[8].slug", "got 'Open AI'"),
    "blank name": Broken(
        'name = "IBM"', 'name = " "', "organizations[5].name", "expected text that is not blank and has no NUL, got ' '"
    ),
    "text that Postgres doesn't keep": Broken(
        'value = "MOST"', 'value = "MO\\u0000ST"', "claims[*].value", "has no NUL, got 'MO\\x00ST'"
    ),
    "slug given twice": Broken(
        'slug = "openai"',
        'slug = "google"',
        "organizations[8].slug",
        "expected a name that no other entry has, got 'google' again",
    ),
    "bad EDTF": Broken(
        'start = "2021-10"',
        'start = "October 2021"',
        "posts[0].tenures[0].start",
        'expected an EDTF date such as "2016", "2016-09", "2022~", "2021-10/.." or "../2020", got \'October 2021\'',
    ),
    "date of TOML": Broken(
        'start = "2021-10"', "start = 2021-10-01", "posts[0].tenures[0].start", "got datetime.date(2021, 10, 1)"
    ),
    "bad date claimed": Broken('value = "2016"', 'value = "2016-13"', "claims[*].value", "\"../2020\", got '2016-13'"),
    "quantity that isn't a number": Broken(
        "value = { value = 6,", 'value = { value = "six",', "claims[*].value.value", "valid decimal, got 'six'"
    ),
    "quantity without its number": Broken(
        "value = { value = 6,",
        "value = {",
        "claims[*].value",
        "expected 'value' for EXACT, got none",
    ),
    "infinite quantity": Broken("value = 37", "value = inf", "claims[*].value.value", "finite number, got"),
    "quantity for a text": Broken('value = "MOST"', "value = 3", "claims[*].value", "expected text for a TEXT, got 3"),
    "quote not on its line": Broken(
        '"16: | Founded | September 2016 |"',
        '"17: | Founded | September 2016 |"',
        "claims[*].cite[0]",
        "expected words that occur once on line 17, got '| Founded | September 2016 |', which occurs 0 times",
    ),
    "quote in a list of several lines": Broken(
        '"32: Safety-Critical AI",',
        '"32: Safety-Critical XI",',
        "claims[*].cite[3]",
        "expected words that occur once on line 32, got 'Safety-Critical XI', which occurs 0 times",
    ),
    "quote that is twice on its line": Broken(
        '"37: AI Now Institute"', '"38: AI"', "organizations[12].cite[0]", "got 'AI', which occurs 4 times"
    ),
    "quote given twice": Broken(
        'cite = ["37: AI Now Institute"]',
        'cite = ["37: AI Now Institute", "37: AI Now Institute"]',
        "organizations[12].cite",
        "expected each quote once, got ['AI Now Institute', 'AI Now Institute']",
    ),
    "line beyond the text": Broken(
        '"37: AI Now Institute"', '"42: AI Now Institute"', "organizations[12].cite[0]", "a line in 1..41, got 42"
    ),
    "neither line nor quote": Broken(
        'cite = ["strength_and_limitation"]',
        'cite = ["strength"]',
        "claims[*].cite[0]",
        "\"LINE: exact words on that line\" or the name of one of the quotes, got 'strength'",
    ),
    "no quote": Broken('cite = ["37: AI Now Institute"]', "cite = []", "organizations[12].cite", "at least 1 item"),
    "unknown organization": Broken(
        'partner = "openai"',
        'partner = "open-ai"',
        "partnerships[7].partner",
        "expected the name of an entry of this record (organization), got 'open-ai'",
    ),
    "unknown subject": Broken(
        'about = "synthetic-media"\nproperty = "TREND"',
        'about = "video"\nproperty = "TREND"',
        "claims[*].about",
        "(organization or workstream or output or post), got 'video'",
    ),
    "unknown claim": Broken(
        'supported_by = ["unique"]',
        'supported_by = ["singular"]',
        "assessments[5].supported_by[0]",
        "expected the name of an entry of this record (claim), got",
    ),
    "unknown property": Broken(
        'property = "MISSION"',
        'property = "VISION"',
        "claims[*].property",
        "expected the key of a property of this record, got 'VISION'",
    ),
    "unknown value": Broken(
        'value = "partnership-on-ai"',
        'value = "pai"',
        "claims[*].value",
        "expected the slug of an organization of this record, got 'pai'",
    ),
    "unit of a text": Broken(
        'WEBSITE = { label = "Website", datatype = "TEXT" }',
        'WEBSITE = { label = "Website", datatype = "TEXT", unit = "page" }',
        "properties.WEBSITE",
        "expected a unit for a QUANTITY and for nothing else, got 'page'",
    ),
    "value and some value": Broken(
        'about = "incident-database"\nproperty = "COMPREHENSIVENESS"',
        'about = "incident-database"\nsome_value = true\nproperty = "COMPREHENSIVENESS"',
        "claims[*]",
        "expected either a value or some_value = true, got both",
        offset=-1,
    ),
    "key of several claims": Broken(
        'property = "FOCUS_AREA"',
        'key = "areas"\nproperty = "FOCUS_AREA"',
        "claims[*]",
        "expected one value for a claim with a key, got 5 for 'areas'",
        offset=-1,
    ),
    "other text": Broken('sha256 = "1592', 'sha256 = "2592', "source.sha256", "the digest of the text, got '2592"),
    "no text": Broken(
        'text = "partnership-on-ai.txt"',
        'text = "pai.txt"',
        "source.text",
        "beside the record, got 'pai.txt'",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the records' folder, so that a broken record has its source text beside it."""
    return shutil.copytree(RECORDS, tmp_path / "record")


def write(folder: Path, broken: Broken) -> Path:
    record = folder / "broken.toml"
    record.write_text(RECORD.replace(broken.old, broken.new, 1))
    return record


async def count_rows(database: Database) -> int:
    async with database.read() as session:
        tables = Base.metadata.sorted_tables
        return sum([await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables])


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_record_is_refused_by_line_and_field(folder: Path, broken: Broken) -> None:
    record = write(folder, broken)
    with pytest.raises(RecordError) as refused:
        read(record)
    before = RECORD[: RECORD.index(broken.old)]
    line = before.count("\n") + 1 + broken.offset
    field = broken.field.replace("*", str(before.count("[[claims]]") - 1))
    assert (refused.value.file, refused.value.line, refused.value.field) == (record, line, field)
    assert str(refused.value).startswith(f"{record}:{line}: {field}: ")
    assert broken.problem in str(refused.value)


async def test_a_broken_record_writes_nothing(database: Database, folder: Path) -> None:
    for broken in BROKEN.values():
        with pytest.raises(RecordError):
            async with database.write() as session:
                await load_record(session, write(folder, broken))
    assert await count_rows(database) == 0


def test_a_missing_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"none\.toml:1: file: expected a readable UTF-8 file, got: .*No such file"):
        read(tmp_path / "none.toml")


def test_a_record_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('name = "Zürich"'.encode("latin-1"))
    with pytest.raises(RecordError, match=r"latin\.toml:1: file: expected a readable UTF-8 file, got: .*0xfc"):
        read(tmp_path / "latin.toml")


def test_an_empty_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(RecordError, match=r"empty\.toml:1: source: expected a value, got none"):
        read(tmp_path / "empty.toml")
