"""The custom scalars, and the values that each accepts."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from db.values.notation import plain
from db.values.partial_date import PartialDate

EDTF = NewType("EDTF", str)
URL = NewType("URL", str)
JSON = NewType("JSON", object)


def _text(value: Any, expected: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected {expected}, got {value!r}")
    return value


def _edtf(value: Any) -> str:
    text = _text(value, 'a string such as "2016-09"')
    PartialDate.of(text)
    return text


def _date(value: Any) -> date:
    message = f'expected a date such as "2016-09-28", got {value!r}'
    try:
        day = date.fromisoformat(_text(value, "a date"))
    except ValueError as error:
        raise ValueError(message) from error
    # The Postgres driver reads the first and the last possible day as infinity.
    if day in (date.min, date.max):
        raise ValueError(message)
    return day


def _moment(value: Any) -> datetime:
    message = f'expected a time with a zone such as "2026-11-22T19:20:28Z", got {value!r}'
    try:
        moment = datetime.fromisoformat(_text(value, "a time"))
    except ValueError as error:
        raise ValueError(message) from error
    if moment.tzinfo is None:
        raise ValueError(message)
    return moment


def _decimal(value: Any) -> Decimal:
    message = f'expected a finite decimal such as "6600000" or "0.5", got {value!r}'
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(message)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(message) from error
    if not number.is_finite() or abs(number.adjusted()) > 100:
        raise ValueError(message)
    return number


def _url(value: Any) -> str:
    text = _text(value, 'a URL such as "https://example.org"')
    if not text.startswith(("https://", "http://")):
        raise ValueError(f'expected a URL such as "https://example.org", got {text!r}')
    return text


SCALARS: Final[dict[object, ScalarDefinition]] = {
    EDTF: strawberry.scalar(
        name="EDTF",
        description='A date that may be partial, EDTF level 0 or 1: "2016", "2016-09", "2022~", "2021-10/..".',
        specified_by_url="https://www.loc.gov/standards/datetime/",
        parse_value=_edtf,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An http or https URL.",
        specified_by_url="https://url.spec.whatwg.org/",
        parse_value=_url,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        parse_value=lambda value: value,
    ),
    date: strawberry.scalar(
        name="Date",
        description='A day, ISO 8601: "2016-09-28".',
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=date.isoformat,
        parse_value=_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description='A time in UTC with microseconds, RFC 3339: "2026-11-22T19:20:28.000123Z".',
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=datetime.isoformat,
        parse_value=_moment,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number, as a string without exponent: "178378.38". Input may also be a number.',
        specified_by_url="https://speleotrove.com/decimal/decarith.html",
        serialize=plain,
        parse_value=_decimal,
    ),
}
