"""The value of each field, as a plain function of the parent row and the arguments."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from graphql import GraphQLResolveInfo, get_named_type
from sqlalchemy import inspect
from sqlalchemy.orm import RelationshipProperty

from db.models import BY_NAME
from tests.proof.reference.conditions import (
    claim_condition,
    job_condition,
    organization_condition,
    partnership_condition,
    plain_condition,
    snake,
    state,
)
from tests.proof.reference.lists import Key, Listing, organization_keys, partnership_keys, with_id
from tests.proof.reference.tables import (
    TABLES,
    TYPES,
    TYPES_WITHOUT_ID,
    Condition,
    Row,
    Tables,
    View,
    best,
    by_id,
    is_current,
    valid_on,
)
from tests.proof.registry import CITED, SUBJECTS

Arguments = Mapping[str, Any]
Resolver = Callable[[Tables, Any, Arguments], Any]

# References to one row: the table, and the parent's column with the row's id.
TO_ONE: Final = {
    "Assessment.subject": ("organization", "subject_id"),
    "Change.organization": ("organization", "organization_id"),
    "Citation.passage": ("passage", "passage_id"),
    "Claim.property": ("property", "property_id"),
    "ClaimConflict.bestClaim": ("claim", "chosen_id"),
    "ClaimConflict.property": ("property", "property_id"),
    "Issue.organization": ("organization", "organization_id"),
    "Job.definition": ("metric_definition", "definition_id"),
    "Job.subject": ("organization", "organization_id"),
    "MetricAlternative.claim": ("claim", "claim_id"),
    "MetricRevision.cause": ("change", "cause_id"),
    "MetricValue.definition": ("metric_definition", "definition_id"),
    "MetricValue.peer": ("organization", "peer_id"),
    "MetricValue.subject": ("organization", "subject_id"),
    "OrganizationRelation.from": ("organization", "from_organization_id"),
    "OrganizationRelation.to": ("organization", "to_organization_id"),
    "Output.workstream": ("workstream", "workstream_id"),
    "Participation.partnership": ("partnership", "partnership_id"),
    "Participation.workstream": ("workstream", "workstream_id"),
    "Partnership.convener": ("organization", "convener_id"),
    "Partnership.partner": ("organization", "partner_id"),
    "Passage.source": ("source", "source_id"),
    "Position.issue": ("issue", "issue_id"),
    "Post.organization": ("organization", "organization_id"),
    "Tenure.onBehalfOf": ("organization", "on_behalf_of_id"),
    "Tenure.person": ("person", "person_id"),
    "Tenure.post": ("post", "post_id"),
    "Workstream.convener": ("organization", "convener_id"),
}

# References to many rows: the table, and its column with the parent's id. Each argument is named like the column that
# it filters by.
TO_MANY: Final = {
    **{f"{TYPES[table]}.citations": ("citation", column) for table, column in CITED.items()},
    "Issue.positions": ("position", "issue_id"),
    "MetricExplanation.alternatives": ("metric_alternative", "metric_value_id"),
    "MetricValue.slices": ("metric_slice", "metric_value_id"),
    "MetricValue.warnings": ("metric_warning", "metric_value_id"),
    "Organization.assessments": ("assessment", "subject_id"),
    "Organization.identifiers": ("identifier", "organization_id"),
    "Organization.issues": ("issue", "organization_id"),
    "Organization.otherNames": ("other_name", "organization_id"),
    "Organization.posts": ("post", "organization_id"),
    "Organization.relations": ("organization_relation", "from_organization_id"),
    "Output.claims": ("claim", "subject_output_id"),
    "Partnership.participations": ("participation", "partnership_id"),
    "Passage.citations": ("citation", "passage_id"),
    "Person.tenures": ("tenure", "person_id"),
    "Post.tenures": ("tenure", "post_id"),
    "Source.passages": ("passage", "source_id"),
    "Workstream.claims": ("claim", "subject_workstream_id"),
}

ORDERS: Final[dict[str, Callable[[Row], Any]]] = {
    "Passage.citations": lambda row: (row["start"], row["id"]),
    "Source.passages": lambda row: row["ordinal"],
}

# Rows that a link table joins: the link table, its column for the parent, its column for the rows, and their table.
LINKED: Final = {
    "Assessment.supportedBy": ("assessment_claim", "assessment_id", "claim_id", "claim"),
    "ClaimConflict.claims": ("claim_conflict_claim", "conflict_id", "claim_id", "claim"),
    "Organization.sources": ("source_subject", "organization_id", "source_id", "source"),
    "Position.holders": ("position_holder", "position_id", "organization_id", "organization"),
}

# References to one of several types: the first of these columns that is not null counts.
ONE_OF: Final = {
    "Claim.subject": SUBJECTS,
    "ClaimConflict.subject": SUBJECTS,
    "NodeValue.node": {"organization": "value_organization_id", "person": "value_person_id"},
    "MetricInput.node": CITED,
    "Citation.supports": CITED,
}

# Fields of an organization that show one part of a property's best claim.
SHORTCUTS: Final = {
    "Organization.annualRevenue": ("ANNUAL_REVENUE", "quantity"),
    "Organization.employees": ("EMPLOYEES", "quantity"),
    "Organization.foundedOn": ("FOUNDING_DATE", "date"),
    "Organization.headquarters": ("HEADQUARTERS", "text"),
    "Organization.reportedPartnerCount": ("PARTNER_COUNT", "quantity"),
    "Organization.website": ("WEBSITE", "text"),
}

# The rows of each connection.
PAGED: Final = {
    "MetricValue.history": ("metric_revision", "metric_value_id"),
    "Organization.changes": ("change", "organization_id"),
    "Organization.claims": ("claim", "subject_organization_id"),
    "Organization.memberships": ("partnership", "partner_id"),
    "Organization.partnerships": ("partnership", "convener_id"),
    "Organization.workstreams": ("workstream", "convener_id"),
    "Workstream.outputs": ("output", "workstream_id"),
    "Workstream.participations": ("participation", "workstream_id"),
}


def view(row: Row | None, day: date | None, type_name: str | None = None) -> View | None:
    """Return a row as its own type shows it, or as the given type does. None stays None."""
    return None if row is None else View(row, type_name or TYPES.get(row.table) or TYPES_WITHOUT_ID[row.table], day)


def view_all(rows: Sequence[Row], day: date | None) -> list[View | None]:
    return [view(row, day) for row in valid_on(day, rows)]


def to_one(name: str) -> Resolver:
    table, column = TO_ONE[name]
    return lambda tables, parent, _: view(tables.find(table, parent[column]), parent.day)


def to_many(name: str) -> Resolver:
    table, column = TO_MANY[name]
    order = ORDERS.get(name, by_id)

    def rows(tables: Tables, parent: View, arguments: Arguments) -> Any:
        given = {name: value for name, value in arguments.items() if value is not None}
        found = sorted(tables.where(table, column, parent["id"]), key=order)
        return view_all([row for row in found if all(row[name] == value for name, value in given.items())], parent.day)

    return rows


def linked(name: str) -> Resolver:
    link, here, there, table = LINKED[name]
    return lambda tables, parent, _: view_all(tables.linked(link, here, parent["id"], there, table), parent.day)


def one_of(name: str) -> Resolver:
    def row(tables: Tables, parent: View, _: Arguments) -> Any:
        table = next((table for table, column in ONE_OF[name].items() if parent[column] is not None), None)
        return table and view(tables.find(table, parent[ONE_OF[name][table]]), parent.day)

    return row


def shortcut(name: str) -> Resolver:
    key, part = SHORTCUTS[name]

    def shown(tables: Tables, parent: View, _: Arguments) -> Any:
        claim = best_claim(tables, parent, {"property": key})
        return claim and claim[part]

    return shown


def best_claim(tables: Tables, organization: View, arguments: Arguments) -> View | None:
    property_ids = {row["id"] for row in tables.where("property", "key", arguments["property"])}
    about = valid_on(organization.day, tables.where("claim", "subject_organization_id", organization["id"]))
    return view(best(claim for claim in about if claim["property_id"] in property_ids), organization.day)


def paged(name: str) -> Resolver:
    table, column = PAGED[name]

    def listing(tables: Tables, parent: View, arguments: Arguments) -> Listing:
        condition, keys = _filter_and_order(tables, table, arguments, parent.day)
        rows = [row for row in valid_on(parent.day, tables.where(table, column, parent["id"])) if condition(row)]
        groups = {
            "sector": lambda row: tables.get("organization", row["partner_id"])["sector"],
            "role": lambda row: row["role"],
        }
        return Listing(rows, keys, arguments, parent.day, groups if table == "partnership" else {})

    return listing


def _filter_and_order(
    tables: Tables, table: str, arguments: Arguments, day: date | None
) -> tuple[Condition, list[Key]]:
    where = arguments.get("where")
    match table:
        case "partnership":
            return partnership_condition(tables, where, day), partnership_keys(tables, arguments.get("orderBy"))
        case "claim":
            return claim_condition(tables, where), with_id(())
        case _:
            return lambda _: True, with_id((), newest_first=table in ("change", "metric_revision"))


def organizations(tables: Tables, _: None, arguments: Arguments) -> Listing:
    day = arguments.get("asOf")
    condition = organization_condition(tables, arguments.get("where"), day)
    rows = [row for row in tables.all("organization") if condition(row)]
    keys = organization_keys(tables, arguments.get("orderBy"))
    return Listing(rows, keys, arguments, day, {"sector": lambda row: row["sector"]})


def organization(tables: Tables, _: None, arguments: Arguments) -> View | None:
    found = (
        node(tables, None, arguments)
        if arguments.get("id") is not None
        else view(next(iter(tables.where("organization", "slug", arguments["slug"])), None), None)
    )
    return found and View(found.row, found.type_name, arguments.get("asOf"))


def node(tables: Tables, _: Any, arguments: Arguments) -> View | None:
    type_name, _colon, number = arguments["id"].partition(":")
    return view(tables.find(TABLES[type_name], int(number)), None)


def nodes(tables: Tables, _: None, arguments: Arguments) -> list[View | None]:
    return [node(tables, None, {"id": id}) for id in arguments["ids"]]


def compare_organizations(tables: Tables, _: None, arguments: Arguments) -> list[View | None]:
    subjects = {int(id.partition(":")[2]) for id in arguments["ids"]}
    keys = set(arguments["keys"])
    found = [
        row
        for row in tables.all("metric_value")
        if row["subject_id"] in subjects and row["peer_id"] in {None, *subjects} and _key(tables, row) in keys
    ]
    return view_all(sorted(found, key=lambda row: (row["definition_id"], row["subject_id"], row["id"])), None)


def _key(tables: Tables, value: Any) -> str:
    return tables.get("metric_definition", value["definition_id"])["key"]


def metrics(tables: Tables, parent: View, arguments: Arguments) -> list[View | None]:
    keys = arguments.get("keys")
    found = tables.where("metric_value", "subject_id", parent["id"])
    return view_all([row for row in found if keys is None or _key(tables, row) in keys], parent.day)


def metric(tables: Tables, parent: View, arguments: Arguments) -> View | None:
    found = metrics(tables, parent, {"keys": [arguments["key"]]})
    return next((value for value in found if value and value["peer_id"] is None), None)


def inputs(*, excluded: bool) -> Resolver:
    return lambda tables, parent, _: [
        view(row, parent.day)
        for row in tables.where("metric_input", "metric_value_id", parent["id"])
        if row["excluded"] is excluded
    ]


def conflicts(tables: Tables, parent: View, arguments: Arguments) -> list[View | None]:
    found = tables.where("claim_conflict", "organization_id", parent["id"])
    return view_all([row for row in found if not (arguments["onlyIncompatible"] and row["compatible"])], parent.day)


def conflict(tables: Tables, parent: View, _: Arguments) -> View | None:
    pairs = tables.where("claim_conflict_claim", "claim_id", parent["id"])
    return view(tables.get("claim_conflict", pairs[0]["conflict_id"]), parent.day) if pairs else None


def claim_value(_: Tables, claim: View, _arguments: Arguments) -> Any:
    match claim["value_kind"]:
        case "QUANTITY" | "DATE" as kind:
            return claim[kind.lower()]
        case "TEXT":
            return view(claim.row, claim.day, "TextValue")
        case "NODE":
            return view(claim.row, claim.day, "NodeValue")
        case _:
            return None


def changed_node(tables: Tables, change: View, _: Arguments) -> View | None:
    table = TABLES.get(change["node_type"])
    return view(tables.find(table, change["node_id"]), change.day) if table else None


class Health(NamedTuple):
    """The state of the queue, without the figures that change from moment to moment."""

    queued: int
    running: int
    dead: int
    stale_organizations: int
    workers: int


def jobs(tables: Tables, _: None, arguments: Arguments) -> Listing:
    condition = job_condition(arguments.get("where"))
    rows = [row for row in tables.all("job") if condition(row)]
    return Listing(rows, with_id((), newest_first=True), arguments, None)


def queue_health(tables: Tables, _: None, _arguments: Arguments) -> Health:
    statuses = [job["status"] for job in tables.all("job")]
    # The registry's workers were all seen long ago or far in the future, so that the time of the test does not matter.
    lately = timedelta(seconds=15)
    recent = [worker for worker in tables.all("worker") if abs(datetime.now(UTC) - worker["seen_at"]) <= lately]
    return Health(
        queued=statuses.count("QUEUED") + statuses.count("RETRYING"),
        running=sum(worker["running"] for worker in recent),
        dead=statuses.count("DEAD"),
        stale_organizations=len({mark["organization_id"] for mark in tables.all("mark")}),
        workers=len(recent),
    )


def coverage(tables: Tables, source: View, _: Arguments) -> float:
    """Return the share of the body's characters that some citation quotes."""
    body = [passage for passage in tables.where("passage", "source_id", source["id"]) if passage["kind"] == "BODY"]
    length = sum(len(passage["text"]) for passage in body)
    quoted = {
        (passage["id"], place)
        for passage in body
        for quote in tables.where("citation", "passage_id", passage["id"])
        for place in range(quote["start"], quote["end"])
    }
    return len(quoted) / length if length else 0.0


def stale_since(tables: Tables, value: View, _: Arguments) -> Any:
    ends = {value["subject_id"], value["peer_id"]}
    return min((mark["at"] for end in ends for mark in tables.where("mark", "organization_id", end)), default=None)


def computed_from(_: Tables, value: View, _arguments: Arguments) -> str | None:
    number = value["computed_from_change"]
    return None if number is None else f"Change:{number}"


RESOLVERS: Final[dict[str, Resolver]] = {
    **{name: to_one(name) for name in TO_ONE},
    **{name: to_many(name) for name in TO_MANY},
    **{name: linked(name) for name in LINKED},
    **{name: one_of(name) for name in ONE_OF},
    **{name: shortcut(name) for name in SHORTCUTS},
    **{name: paged(name) for name in PAGED},
    **{f"{type_name}.id": lambda _, parent, __: f"{parent.type_name}:{parent['id']}" for type_name in TABLES},
    "Change.node": changed_node,
    "Claim.conflict": conflict,
    "Claim.value": claim_value,
    "ClaimConflict.state": lambda tables, parent, _: state(tables, "FRESH", parent["organization_id"]),
    "MetricExplanation.excludedInputs": inputs(excluded=True),
    "MetricExplanation.inputs": inputs(excluded=False),
    "MetricInput.value": lambda _, parent, __: parent["used"],
    "MetricValue.computedFromChange": computed_from,
    "MetricValue.explain": lambda _, parent, __: view(parent.row, parent.day, "MetricExplanation"),
    "MetricValue.staleSince": stale_since,
    "MetricValue.state": lambda tables, parent, _: state(
        tables, parent["computed_state"], parent["subject_id"], parent["peer_id"]
    ),
    "Organization.bestClaim": best_claim,
    "Organization.conflicts": conflicts,
    "Organization.metric": metric,
    "Organization.metrics": metrics,
    "Partnership.isCurrent": lambda _, parent, __: is_current(parent.row, parent.day),
    "Query.compareOrganizations": compare_organizations,
    "Query.jobs": jobs,
    "Query.metricDefinitions": lambda tables, _, __: view_all(tables.all("metric_definition"), None),
    "Query.node": node,
    "Query.nodes": nodes,
    "Query.organization": organization,
    "Query.organizations": organizations,
    "Query.properties": lambda tables, _, __: view_all(
        sorted(tables.all("property"), key=lambda row: row["key"]), None
    ),
    "Query.queueHealth": queue_health,
    "Query.source": node,
    "Source.coverage": coverage,
}


def find_resolver(info: GraphQLResolveInfo) -> Resolver | None:
    """Return the field's resolver, or None if the field shows a column.

    A field without a resolver above shows the rows of the model's relationship of the same name.
    """
    owner, name = info.parent_type.name, info.field_name
    if known := RESOLVERS.get(f"{owner}.{name}"):
        return known
    related = inspect(BY_NAME[owner]).relationships.get(snake(name)) if owner in BY_NAME else None
    return related and _resolve_related(related, is_paged=get_named_type(info.return_type).name.endswith("Connection"))


def _resolve_related(related: RelationshipProperty[Any], *, is_paged: bool) -> Resolver:
    table = related.entity.class_.__tablename__
    ((here, there),) = ((here.name, there.name) for here, there in related.local_remote_pairs or ())

    def resolve(tables: Tables, parent: View, arguments: Arguments) -> Any:
        if not related.uselist:
            return view(tables.find(table, parent[here]), parent.day)
        holds = plain_condition(arguments.get("where"))
        rows = [row for row in valid_on(parent.day, tables.where(table, there, parent[here])) if holds(row)]
        return Listing(rows, with_id(()), arguments, parent.day) if is_paged else view_all(rows, parent.day)

    return resolve
