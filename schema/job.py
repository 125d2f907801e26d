"""Jobs, the health of the queue, and the mutations for admins."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import strawberry
from strawberry import UNSET, field

from db import models
from db.commands.audit import Author
from db.commands.job import MOST, discard_job, request_recompute, retry_job
from db.connections.sessions import WriteSession
from db.derived.queue_health import FIGURES, SEEN_S
from db.values.vocabulary import JobStatus
from schema.compile.declare import Part, entity, make_field, reading, view
from schema.compile.dialect import Sql
from schema.compile.field import Field
from schema.compile.leaf import leaf
from schema.compile.protocols import FieldCompiler
from schema.compile.row import Row
from schema.compile.where import column, filter_input, node
from schema.filters import StringFilter
from schema.inputs import row_number
from schema.metric import MetricDefinition
from schema.node import Node
from schema.write import NotFoundError, PermissionDeniedError, ValidationError, carry_out

if TYPE_CHECKING:
    from schema.organization import Organization


@entity(models.Job)
class Job(Node):
    """A failed recompute and its retries, or a requested backfill. Recomputes that succeed leave no job."""

    kind: str = field(description='The kind of work: "metrics.recompute" or "metrics.backfill".')
    status: JobStatus = field(description="The progress of the job.")
    attempts: int = field(description="The number of attempts since the last success.")
    max_attempts: int = field(description="The number of attempts after which the job is DEAD.")
    error: str | None = field(description="The error of the last attempt; null if it did not fail.")
    enqueued_at: datetime = field(description="The time of the request, or of the first failure.")
    started_at: datetime | None = field(description="The time of the last attempt; null before the first.")
    finished_at: datetime | None = field(
        description="The time at which the job succeeded, died or was discarded; null until then."
    )
    run_after: datetime | None = field(description="The time of the next attempt; null unless the job is RETRYING.")
    subject: "Organization | None" = field(description="The organization that the job is about; null for a backfill.")
    definition: MetricDefinition | None = field(
        description="The metric that failed; null if the whole recompute failed, and for a backfill."
    )


_TABLE: Final = models.Job.__table__.c


@filter_input
class JobWhere:
    """Filter jobs. All given conditions must hold."""

    status: list[JobStatus] | None = column(_TABLE.status, "The job has one of these states.")
    subject: strawberry.ID | None = node(
        _TABLE.organization_id, "Organization", "The job is about this organization; backfills are about none."
    )
    kind: StringFilter | None = column(_TABLE.kind, 'Match by kind, such as {eq: "metrics.backfill"}.')


@strawberry.type(description="The state of the queue of recomputes.")
class QueueHealth:
    queued: int = field(description="The number of jobs that wait for a worker or for their next attempt.")
    running: int = field(
        description="The number of organizations that workers recompute now, by their last heartbeats."
    )
    dead: int = field(description="The number of DEAD jobs: no attempt is left.")
    stale_organizations: int = field(description="The number of organizations whose metrics are STALE.")
    oldest_stale_seconds: float | None = field(
        description="The time in seconds for which the oldest of them has been stale; null if none is."
    )
    workers: int = field(description=f"The number of workers with a heartbeat in the last {SEEN_S:.0f} seconds.")


@dataclass(frozen=True)
class Figures:
    """Reads each field of the type from the expression of the same name in `FIGURES`."""

    def text(self, compiler: FieldCompiler, row: Row | None, field: Field) -> Sql:
        return compiler.compose(field, lambda part: self._figure(compiler, part))

    def _figure(self, compiler: FieldCompiler, part: Field) -> Sql:
        expression = FIGURES[part.name]
        text = compiler.expression(expression)
        return leaf(text, expression.type, True, compiler.dialect)


def queue_health(_: Any) -> QueueHealth:
    """The state of the queue of recomputes."""
    raise AssertionError


HEALTH: Final[Any] = make_field(queue_health, Figures())


@view(models.Job)
class JobSuccess:
    """The request is accepted."""

    job: Job = reading(Part(), "The job.")


JobResult = Annotated[
    JobSuccess | ValidationError | NotFoundError | PermissionDeniedError,
    strawberry.union("JobResult", description="The job, or the error that refused it."),
]

_Id = Annotated[strawberry.ID, strawberry.argument(description="The id of the job.")]
_Reason = Annotated[str, strawberry.argument(description="Why you do this, for the audit log.")]


@strawberry.type
class JobMutation:
    @strawberry.mutation(description="Recompute metrics now, even if nothing changed.")
    async def recompute_metrics(
        self,
        info: strawberry.Info,
        reason: _Reason,
        organizations: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(
                description=f"The ids of the organizations, from 1 to {MOST}; all conveners if omitted."
            ),
        ] = UNSET,
    ) -> JobResult:
        async def command(session: WriteSession, author: Author) -> models.Job:
            ids = None
            if organizations is not None and organizations is not UNSET:
                ids = [row_number(id, "Organization", "organizations") for id in organizations]
            return await request_recompute(session, author, ids)

        return await carry_out(info, JobSuccess, command, reason)

    @strawberry.mutation(description="Retry a failed job now, with as many attempts as a new one.")
    async def retry_job(self, info: strawberry.Info, id: _Id) -> JobResult:
        async def command(session: WriteSession, author: Author) -> models.Job:
            return await retry_job(session, author, row_number(id, "Job", "id"))

        return await carry_out(info, JobSuccess, command)

    @strawberry.mutation(description="Discard a failed job. It runs again when its organization changes.")
    async def discard_job(self, info: strawberry.Info, id: _Id, reason: _Reason) -> JobResult:
        async def command(session: WriteSession, author: Author) -> models.Job:
            return await discard_job(session, author, row_number(id, "Job", "id"))

        return await carry_out(info, JobSuccess, command, reason)
