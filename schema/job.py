"""What the workers are at, what has failed, and what an admin can do about it."""

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
from schema.compile.declare import Part, entity, reading, resolved, view
from schema.compile.dialect import Sql
from schema.compile.leaf import leaf
from schema.compile.where import column, filter_input, node
from schema.filters import StringFilter
from schema.metric import MetricDefinition
from schema.node import Node
from schema.write import NotFoundError, PermissionDeniedError, ValidationError, carried_out, row_number

if TYPE_CHECKING:
    from schema.compile.compiler import Compiler, Field
    from schema.compile.row import Row
    from schema.organization import Organization


@entity(models.Job)
class Job(Node):
    """A recompute that has failed, with what is done about it, or a backfill that was asked for."""

    kind: str = field(description='What sort of work, "metrics.recompute" or "metrics.backfill".')
    status: JobStatus = field(description="How far it is.")
    attempts: int = field(description="How often it has been tried since it was last well.")
    max_attempts: int = field(description="How often it is tried before it is DEAD.")
    error: str | None = field(description="Why it failed the last time.")
    enqueued_at: datetime = field(description="When it was asked for, or failed first.")
    started_at: datetime | None = field(description="When it was tried last.")
    finished_at: datetime | None = field(description="When it succeeded, or was given up.")
    run_after: datetime | None = field(description="When it is tried again; null unless it is RETRYING.")
    subject: "Organization | None" = field(description="The organization that it is about; null for a backfill.")
    definition: MetricDefinition | None = field(
        description="The metric that failed; null where its organization could not be recomputed at all."
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


@strawberry.type(description="How far the workers are behind.")
class QueueHealth:
    queued: int = field(description="Jobs that have failed and are to be tried again.")
    running: int = field(description="Organizations that are being recomputed, as the workers told last.")
    dead: int = field(description="Jobs that have failed for the last time.")
    stale_organizations: int = field(description="Organizations whose derived values are STALE.")
    oldest_stale_seconds: float | None = field(description="For how long the first of them has been; null for none.")
    workers: int = field(description=f"Workers that have told of themselves in the last {SEEN_S:.0f} seconds.")


@dataclass(frozen=True)
class Figures:
    """Expressions that belong to no row, each shown as the field of its name."""

    def text(self, compiler: "Compiler", _row: "Row | None", field: "Field") -> Sql:
        return compiler.compose(compiler.named(field), field.details, lambda part: self._figure(compiler, part))

    def _figure(self, compiler: "Compiler", part: "Field") -> Sql:
        expression = FIGURES[part.declared.python_name]
        text = compiler.expression(expression)
        return leaf(text, expression.type, True, compiler.dialect)


def queue_health(_: Any) -> QueueHealth:
    """How far the workers are behind."""
    raise AssertionError


HEALTH: Final[Any] = resolved(queue_health, Figures())


@view(models.Job)
class JobSuccess:
    """It is done, or will be."""

    job: Job = reading(Part(), "The job.")


JobResult = Annotated[
    JobSuccess | ValidationError | NotFoundError | PermissionDeniedError,
    strawberry.union("JobResult", description="A job that is on its way, or why it was refused."),
]

_Id = Annotated[strawberry.ID, strawberry.argument(description="The job.")]
_Reason = Annotated[str, strawberry.argument(description="Why, for the audit log.")]


@strawberry.type
class JobMutation:
    @strawberry.mutation(description="Has derived numbers computed anew, whether or not anything has changed.")
    async def recompute_metrics(
        self,
        info: strawberry.Info,
        reason: _Reason,
        organizations: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description=f"Of whom, 1..{MOST}; of every convener where it is left out."),
        ] = UNSET,
    ) -> JobResult:
        async def command(session: WriteSession, author: Author) -> models.Job:
            ids = None
            if organizations is not None and organizations is not UNSET:
                ids = [row_number(id, "Organization", "organizations") for id in organizations]
            return await request_recompute(session, author, ids)

        return await carried_out(info, reason, command, "JobSuccess")

    @strawberry.mutation(description="Tries at once, and as often as at first, what has failed.")
    async def retry_job(self, info: strawberry.Info, id: _Id) -> JobResult:
        async def command(session: WriteSession, author: Author) -> models.Job:
            return await retry_job(session, author, row_number(id, "Job", "id"))

        return await carried_out(info, None, command, "JobSuccess")

    @strawberry.mutation(description="Tries no more what has failed, until a change concerns its organization.")
    async def discard_job(self, info: strawberry.Info, id: _Id, reason: _Reason) -> JobResult:
        async def command(session: WriteSession, author: Author) -> models.Job:
            return await discard_job(session, author, row_number(id, "Job", "id"))

        return await carried_out(info, reason, command, "JobSuccess")
