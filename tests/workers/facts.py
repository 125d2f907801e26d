"""Handmade facts for formulas."""

from decimal import Decimal
from typing import Any

from db.values.facts import Claim, Facts, Property, Value
from db.values.partial_date import PartialDate
from db.values.quantity import Comparator, Quantity
from db.values.reference import Reference

PAI = Reference("Organization", 1)


def claim(id: int, key: str, value: Value | None, when: str | None = None, **more: Any) -> Claim:
    predicate = Property(sum(key.encode()), key, key.replace("_", " ").capitalize())
    return Claim(id, more.pop("subject", PAI), predicate, value, valid_during=when and PartialDate.of(when), **more)  # type: ignore[arg-type]


def exactly(value: int | str, unit: str = "organization", **more: Any) -> Quantity:
    return Quantity.of(unit, value=Decimal(value), **more)


def about(value: int | str, unit: str = "organization", **more: Any) -> Quantity:
    return Quantity.of(unit, Comparator.APPROXIMATE, value=Decimal(value), **more)


def at_least(value: int | str, unit: str = "organization") -> Quantity:
    return Quantity.of(unit, Comparator.AT_LEAST, lower=Decimal(value))


def revenue(value: int | str = 6_600_000, currency: str = "USD") -> Quantity:
    return about(value, currency, currency=currency, display="≈$6.6M (2022 Form 990)")


def pai(*claims: Claim, **more: Any) -> Facts:
    return Facts(PAI, claims=claims, **more)
