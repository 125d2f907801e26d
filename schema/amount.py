"""Amounts that depend on variables: polynomials in the page sizes and lengths that variables give."""

from collections.abc import Callable, Collection, Iterable, Mapping
from math import prod
from typing import Final, NamedTuple


class Factor(NamedTuple):
    """The page size or length that a variable gives; `absent` if it has no value."""

    variable: str
    absent: int


# A sum of products of factors, as the coefficient of each product. The empty product is 1.
Amount = Mapping[tuple[Factor, ...], int]

NONE: Final[Amount] = {}
ONE: Final[Amount] = {(): 1}


def add(amounts: Iterable[Amount]) -> Amount:
    total: dict[tuple[Factor, ...], int] = {}
    for amount in amounts:
        for product, times in amount.items():
            total[product] = total.get(product, 0) + times
    return total


def multiply(amount: Amount, factors: Collection[Factor | int]) -> Amount:
    if not amount:
        return amount
    variables = tuple(factor for factor in factors if isinstance(factor, Factor))
    number = prod(factor for factor in factors if isinstance(factor, int))
    return {(*product, *variables): times * number for product, times in amount.items()}


def evaluate(amount: Amount, figure: Callable[[Factor], int]) -> int:
    return sum(times * prod(map(figure, product)) for product, times in amount.items())
