"""Fixtures: for each round a registry of hostile values, in memory, in SQLite and in Postgres."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.proof.comparison import Comparison
from tests.shared import new_database

EXAMPLES = int(os.environ.get("CONVENE_PROOF_EXAMPLES", "2000"))
# The test suite draws the same examples each time. `make prove` draws new ones, and SEED=… repeats a run.
FIRST_SEED = int(os.environ.get("CONVENE_PROOF_SEED", "0"))
# Hypothesis keeps its examples in memory, so many examples are split into rounds, each with its own registry.
MOST_A_ROUND = 2000
ROUNDS = range(FIRST_SEED, FIRST_SEED - (-EXAMPLES // MOST_A_ROUND))


@pytest.fixture(scope="module", params=ROUNDS, ids="seed {}".format)
def seed(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def comparison(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comparison]:
    with ExitStack() as stack:
        urls: dict[str, str] = {}
        for kind in ("sqlite", "postgres"):
            urls[kind] = stack.enter_context(new_database(kind, tmp_path_factory.mktemp("proof")))
        comparison = Comparison(urls, seed)
        stack.callback(comparison.close)
        yield comparison
