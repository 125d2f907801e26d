"""Clients of the API that send real mutations over HTTP, to any server that runs."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

import httpx

from tests.chaos.rows import CONVENERS, DOLLARS, FOUNDED, FOUNDINGS, LAB, LABS, NUMBERS, PARTNERS, ROLES, WORDS
from tests.chaos.writes import lull_s

REST_S: Final = 0.15
STARTS: Final = (None, "2016", "2019-04")

ASSERT: Final = "mutation($input: ClaimInput!) { done: assertClaim(input: $input) { __typename } }"
RANK: Final = (
    'mutation($claim: ID!, $rank: Rank!) { done: setClaimRank(claim: $claim, rank: $rank, write: {reason: "chaos"})'
    " { __typename } }"
)
SAVE: Final = "mutation($input: PartnershipInput!) { done: savePartnership(input: $input) { __typename } }"


async def mutate_forever(
    origins: Callable[[], Sequence[str]], key: str, random: Random, report: Callable[[str], None]
) -> None:
    """Send mutations forever, and report the outcome of each.

    A mutation without an answer counts as refused, although the server may have carried it out.
    """
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=10) as client:
        while True:
            await asyncio.sleep(random.uniform(0, 2 * REST_S) + lull_s())
            if not (running := origins()):
                continue
            query, variables = random.choice((_assert, _assert, _rank, _save, _save))(random)
            try:
                body = {"query": query, "variables": variables}
                answer = (await client.post(f"{random.choice(running)}/graphql", json=body)).json()
            except (httpx.HTTPError, ValueError):
                report("refused")
                continue
            done = (answer.get("data") or {}).get("done") or {}
            report("mutation" if str(done.get("__typename")).endswith("Success") else "refused")


def _assert(random: Random) -> tuple[str, dict[str, Any]]:
    key, value = random.choice((_number(random), _number(random), _number(random), *_others(random)))
    during = random.choice((None, "2019", "2023", "2022-06"))
    claim = {"subject": _convener(random), "property": key, "value": value, "validDuring": during}
    return ASSERT, {"input": claim | {"citations": []}}


def _number(random: Random) -> tuple[str, dict[str, Any]]:
    key = random.choice(list(NUMBERS))
    units, least, most = NUMBERS[key]
    unit = random.choice(units)
    value = {"value": random.randint(least, most), "unit": unit} | ({"currency": unit} if unit in DOLLARS else {})
    return key, {"quantity": value}


def _others(random: Random) -> tuple[tuple[str, dict[str, Any]], ...]:
    return (
        (FOUNDED, {"date": random.choice(FOUNDINGS)}),
        (LAB, {"node": _partner(random)}),
        (LABS, {"text": random.choice(WORDS)}),
    )


def _rank(random: Random) -> tuple[str, dict[str, Any]]:
    rank = random.choice(("PREFERRED", "NORMAL", "DEPRECATED"))
    return RANK, {"claim": f"Claim:{random.randint(1, 4 * CONVENERS)}", "rank": rank}


def _save(random: Random) -> tuple[str, dict[str, Any]]:
    """Return a mutation that creates a partnership, changes one, or moves one to another convener."""
    id = f"Partnership:{random.randint(1, 2 * CONVENERS)}"
    partnership: dict[str, Any] = random.choice(
        (
            {"convener": _convener(random), "partner": _partner(random), "start": random.choice(STARTS)},
            {"id": id, "end": random.choice(("2020", None)), "role": random.choice(ROLES)},
            {"id": id, "start": random.choice(STARTS)},
            {"id": id, "convener": _convener(random)},
        )
    )
    return SAVE, {"input": partnership}


def _partner(random: Random) -> str:
    return f"Organization:{random.randint(1, PARTNERS)}"


def _convener(random: Random) -> str:
    return f"Organization:{random.randint(PARTNERS + 1, PARTNERS + CONVENERS)}"
