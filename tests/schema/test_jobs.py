"""Jobs and the queue's health as clients see them, and what admins can do with jobs."""

from typing import Any

import pytest

from db.values.vocabulary import JobStatus
from schema.service import Caller
from tests.rows import Rows
from tests.schema.conftest import Client
from tests.workers.ill import Formula, broken, jobs, metrics_by
from workers.recompute import recompute

JOBS = """query($where: JobWhere) { jobs(where: $where, first: 5) { totalCount nodes {
  id kind status attempts maxAttempts error enqueuedAt startedAt finishedAt runAfter
  subject { slug } definition { key } } } }"""
ACT = "{ __typename ... on JobSuccess { job { id kind status attempts } } ... on MutationError { code message path } }"
RETRY = f"mutation($id: ID!) {{ result: retryJob(id: $id) {ACT} }}"
DISCARD = f'mutation($id: ID!) {{ result: discardJob(id: $id, reason: "no use") {ACT} }}'
RECOMPUTE = f'mutation($of: [ID!]) {{ result: recomputeMetrics(organizations: $of, reason: "a doubt") {ACT} }}'


@pytest.fixture
async def failed(writer: Client) -> Client:
    """Return the registry with a metric of the Partnership on AI that has failed once."""
    metrics = await broken(writer.database, Formula())
    await recompute(writer.database, [1], metrics)
    return writer


async def result(client: Client, mutation: str, **variables: Any) -> Any:
    return (await client.data(mutation, **variables))["result"]


async def test_job_tells_what_failed_and_why(failed: Client) -> None:
    page = (await failed.data(JOBS))["jobs"]
    assert page["totalCount"] == 1
    (job,) = page["nodes"]
    assert (job["kind"], job["status"], job["attempts"], job["maxAttempts"]) == ("metrics.recompute", "RETRYING", 1, 5)
    assert job["error"] == "the formula failed: ZeroDivisionError: division by zero"
    assert (job["subject"]["slug"], job["definition"]["key"]) == ("partnership-on-ai", "revenue_per_employee")
    assert job["runAfter"] > job["startedAt"] == job["enqueuedAt"]
    assert job["finishedAt"] is None


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"status": ["RETRYING", "DEAD"]}, 1),
        ({"status": ["DEAD"]}, 0),
        ({"subject": "Organization:1"}, 1),
        ({"subject": "Organization:2"}, 0),
        ({"kind": {"eq": "metrics.recompute"}}, 1),
        ({"kind": {"startsWith": "seed"}}, 0),
        ({"not": {"status": ["RETRYING"]}}, 0),
    ],
)
async def test_jobs_can_be_chosen(failed: Client, where: dict[str, Any], count: int) -> None:
    page = (await failed.data(JOBS, where=where))["jobs"]
    assert (page["totalCount"], len(page["nodes"])) == (count, count)


async def test_health_is_told(failed: Client) -> None:
    rows = Rows(failed.database)
    # The record was loaded when the test run began; this mark is new.
    await rows.clear()
    await rows.organization()
    fields = "queued running dead staleOrganizations oldestStaleSeconds workers"
    health = (await failed.data(f"{{ queueHealth {{ {fields} }} }}"))["queueHealth"]
    assert health["staleOrganizations"] == len(await rows.marked())
    assert 0 <= health["oldestStaleSeconds"] < 60
    assert (health["queued"], health["running"], health["dead"], health["workers"]) == (1, 0, 0, 0)
    await rows.clear()
    again = (await failed.data("{ queueHealth { oldestStaleSeconds } }"))["queueHealth"]
    assert again == {"oldestStaleSeconds": None}


async def test_dead_job_is_retried_after_the_cure(failed: Client) -> None:
    rows = Rows(failed.database)
    await rows.execute("UPDATE job SET status = 'DEAD', run_after = NULL, attempts = 5")
    done = await result(failed, RETRY, id="Job:1")
    assert done["job"] == {"id": "Job:1", "kind": "metrics.recompute", "status": "QUEUED", "attempts": 0}
    state = '{ organization(id: "Organization:1") { metric(key: "revenue_per_employee") { state } } }'
    assert (await failed.data(state))["organization"]["metric"]["state"] == "STALE"
    formula = Formula()
    formula.ill = False
    await recompute(failed.database, [1], metrics_by(formula))
    assert (await failed.data(state))["organization"]["metric"]["state"] == "FRESH"
    assert [job.status for job in await jobs(failed.database)] == [JobStatus.SUCCEEDED]


async def test_discarded_job_is_cancelled_and_the_reason_logged(failed: Client) -> None:
    done = await result(failed, DISCARD, id="Job:1")
    assert done["job"]["status"] == "CANCELLED"
    changes = '{ organization(id: "Organization:1") { changes(first: 1) { nodes { reason node { id } } } } }'
    newest = (await failed.data(changes))["organization"]["changes"]["nodes"]
    assert newest == [{"reason": "no use", "node": {"id": "Job:1"}}]
    again = await result(failed, DISCARD, id="Job:1")
    assert (again["__typename"], again["message"]) == (
        "ValidationError",
        "expected a failed job, got one that is CANCELLED",
    )
    assert (await result(failed, RETRY, id="Job:1"))["job"]["status"] == "QUEUED"


async def test_recompute_of_everyone_marks_the_conveners_in_the_background(failed: Client) -> None:
    rows = Rows(failed.database)
    await rows.clear()
    done = await result(failed, RECOMPUTE)
    assert (done["job"]["kind"], done["job"]["status"]) == ("metrics.backfill", "RUNNING")
    assert await rows.marked() == {1}


async def test_recompute_of_some_marks_them(failed: Client) -> None:
    rows = Rows(failed.database)
    await rows.clear()
    await result(failed, RECOMPUTE, of=["Organization:2", "Organization:3"])
    assert await rows.marked() == {2, 3}


@pytest.mark.parametrize(
    ("mutation", "variables", "code"),
    [
        (RETRY, {"id": "Job:99"}, "NOT_FOUND"),
        (RETRY, {"id": "Organization:1"}, "VALIDATION"),
        (DISCARD, {"id": "Job:99"}, "NOT_FOUND"),
        (RECOMPUTE, {"of": ["Organization:99"]}, "NOT_FOUND"),
        (RECOMPUTE, {"of": []}, "VALIDATION"),
        (RECOMPUTE, {"of": ["Organization:1"] * 101}, "VALIDATION"),
        (RECOMPUTE, {"of": ["Claim:1"]}, "VALIDATION"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_writes_nothing(
    failed: Client, mutation: str, variables: dict[str, Any], code: str
) -> None:
    await Rows(failed.database).clear()
    assert (await result(failed, mutation, **variables))["code"] == code
    assert len(await jobs(failed.database)) == 1
    assert await Rows(failed.database).marked() == set()


@pytest.mark.parametrize("mutation", [RETRY, DISCARD, RECOMPUTE])
async def test_only_admins_may(failed: Client, mutation: str) -> None:
    variables = {} if mutation is RECOMPUTE else {"id": "Job:1"}
    response = await failed.ask(mutation, variables, Caller())
    assert response["data"]["result"]["code"] == "PERMISSION_DENIED"
    assert [job.status for job in await jobs(failed.database)] == [JobStatus.RETRYING]


async def test_history_is_paged_newest_first(failed: Client) -> None:
    formula = Formula()
    for ill in (False, True):
        formula.ill = ill
        await Rows(failed.database).execute("UPDATE organization SET name = name || '!'")
        await recompute(failed.database, [1], metrics_by(formula))
    query = """{ organization(id: "Organization:1") { metric(key: "revenue_per_employee") {
      history(first: 2) { totalCount pageInfo { hasNextPage } nodes {
        id state substitution computedAt value { value } cause { id } } } } } }"""
    history = (await failed.data(query))["organization"]["metric"]["history"]
    assert (history["totalCount"], history["pageInfo"]) == (3, {"hasNextPage": True})
    assert [one["state"] for one in history["nodes"]] == ["FAILED", "FRESH"]
    assert [one["value"] and one["value"]["value"] for one in history["nodes"]] == [None, "178378.38"]
