"""A short run of `make chaos` on each database, and the controls, which show that it finds errors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.trial import Trial
from tests.shared import new_database

# The runs take turns, because each starts eight processes and waits for them.
pytestmark = pytest.mark.xdist_group("chaos")


async def test_every_number_is_true_after_everything_has_broken(database_url: str, tmp_path: Path) -> None:
    figures = await Trial(database_url, tmp_path, seconds=8, copies=1).run()
    assert figures.verdict == "held", figures
    assert figures.organizations == 400
    assert figures.commits > 20


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """The URL of a SQLite database, on which the controls fail within seconds."""
    with new_database("sqlite", tmp_path) as url:
        yield url


async def test_enqueueing_after_the_commit_loses_changes(sqlite_url: str, tmp_path: Path) -> None:
    figures = await Trial(sqlite_url, tmp_path, seconds=20, copies=1, control="enqueue", quiet_s=3).run()
    assert figures.verdict == "broken"
    assert figures.differing, figures


async def test_recomputing_without_a_lock_stores_older_over_newer(sqlite_url: str, tmp_path: Path) -> None:
    trial = Trial(sqlite_url, tmp_path, seconds=60, copies=1, control="lock", until_it_lies=True, quiet_s=0)
    figures = await trial.run()
    assert figures.verdict == "broken"
    assert figures.lies, figures
