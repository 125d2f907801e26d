"""A metric whose formula raises, as a user sees it from the first failure to the repair."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

import api.app
from api.settings import Settings
from db.connections.engine import Database
from db.derived import jobs
from tests.scenarios.user import admitted, using
from tests.until import until
from tests.workers.ill import Formula, broken
from workers import maintenance
from workers.main import working

STATES = '{ organization(id: "Organization:1") { metrics { state definition { key } } } }'
DEAD = "{ jobs(where: {status: [DEAD]}) { nodes { id attempts error subject { slug } definition { key } } } }"
RETRY = "mutation($id: ID!) { retryJob(id: $id) { ... on JobSuccess { job { status } } } }"


async def test_metric_that_always_fails_fails_alone_is_dead_and_comes_back_when_it_is_cured_and_retried(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await admitted(database)
    formula = Formula()
    monkeypatch.setattr(api.app, "working", partial(working, metrics=await broken(database, formula)))
    monkeypatch.setattr(jobs, "FIRST_S", 0.1)
    monkeypatch.setattr(maintenance, "RETRIES_S", 0.1)
    async with using(Settings(database_url=database_url, data_dir=tmp_path), headers) as user:

        async def shows(revenue: str, breakdown: str) -> bool:
            metrics = (await user.ask(STATES))["organization"]["metrics"]
            states = {metric["definition"]["key"]: metric["state"] for metric in metrics}
            return states == {"revenue_per_employee": revenue, "partner_type_breakdown": breakdown}

        async def dead() -> list[Any]:
            return (await user.ask(DEAD))["jobs"]["nodes"]

        async def is_dead() -> bool:
            return bool(await dead())

        await until(lambda: shows("FAILED", "FRESH"))
        await until(is_dead, within_s=20)
        (job,) = await dead()
        assert job["error"] == "the formula failed: ZeroDivisionError: division by zero"
        assert (job["attempts"], job["definition"]) == (5, {"key": "revenue_per_employee"})
        assert job["subject"] == {"slug": "partnership-on-ai"}
        assert await shows("FAILED", "FRESH")
        assert formula.calls == 5

        formula.ill = False
        assert await user.ask(RETRY, id=job["id"]) == {"retryJob": {"job": {"status": "QUEUED"}}}
        await until(lambda: shows("FRESH", "FRESH"))
        assert await dead() == []
