"""A registry of hostile values: rows for every table, which databases must store unchanged."""

import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Enum, Integer, delete, insert, text

from db.commands.field import Field, fields_of
from db.connections.engine import Database
from db.models import BY_NAME, BY_TABLE, Base, Mark
from db.models.citation import CITABLE
from db.models.claim import SUBJECTS as CLAIMABLE
from db.models.owned import OWNED
from db.values import vocabulary as words
from db.values.partial_date import PartialDate
from db.values.quantity import BoundsBasis, Comparator
from tests.proof.values import DAYS, DECIMALS, INTS, JSONS, LARGE, LISTS, MOMENTS, NAMES, TEXTS, Day, Number

Row = dict[str, Any]
Rows = dict[str, list[Row]]

PROPERTIES: Final = (
    "FOUNDING_DATE",
    "HEADQUARTERS",
    "WEBSITE",
    "ANNUAL_REVENUE",
    "EMPLOYEES",
    "PARTNER_COUNT",
    "lower_case",
    "Z'\"\\😀",
    "",
)
METRICS: Final = ("revenue_per_employee", "partner_type_breakdown", "overlap", "it's \"\\")
SECTIONS: Final = (None, "", "Overview", "It's \"\\ 😀")

# The columns of a citation or of a metric's input that refer to a row, and those of a claim, by the row's table.
CITED: Final = {BY_NAME[name].__tablename__: column for name, column in CITABLE.items()}
SUBJECTS: Final = {BY_NAME[name].__tablename__: column for name, column in CLAIMABLE.items()}
LOGGED: Final = ("organization", "claim", "partnership", "citation", "person", "job")


def rows(seed: int) -> Rows:
    """Return the rows of a registry by table. The same seed gives the same rows."""
    return _Generator(Random(seed)).registry()


class _Generator:
    """Generates one row after the other, so that each can refer to earlier ones."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.rows: Rows = {table.name: [] for table in Base.metadata.sorted_tables}

    def registry(self) -> Rows:
        for write in (self.organizations, self.sources, self.partnerships, self.people, self.workstreams, self.claims):
            write()
        for write in (self.arguments, self.others, self.log, self.metrics, self.work, self.citations, self.marks):
            write()
        return self.rows

    def add(self, table: str, **columns: Any) -> Row:
        numbered = {"id": self.number(table)} if "id" in Base.metadata.tables[table].c else {}
        versioned = {"created_at", "updated_at", "version"} & set(Base.metadata.tables[table].c.keys())
        common = {name: self.pick(INTS if name == "version" else MOMENTS) for name in sorted(versioned)}
        row = {**numbered, **common, **columns}
        self.rows[table].append(row | dict(self.fill(table, row)))
        return self.rows[table][-1]

    def fill(self, table: str, row: Row) -> Iterator[tuple[str, Any]]:
        """Yield a value for each attribute that the row does not name, so that a new column needs no line here."""
        # A generator of its own, so that a new column leaves the other values as they are.
        random = Random(f"{table} {len(self.rows[table])}")
        for name, field in fields_of(BY_TABLE[table]).items():
            if name not in row:
                values = self.values_of(field, Base.metadata.tables[table].c[field.columns[0]].type)
                yield name, random.choice([*values, None] if field.is_nullable else values)

    def values_of(self, field: Field, kind: Any) -> Sequence[Any]:
        """Return the values that a field of a kind of column can have, except null."""
        match kind:
            case _ if field.refers_to is not None:
                return [row["id"] for row in self.rows[field.refers_to]]
            case _ if field.embedded is not None:
                return DAYS if field.embedded is PartialDate else ()
            case Enum():
                return kind.enums
            case Boolean():
                return (True, False)
            case JSON():
                return LISTS
            case Integer():
                return INTS
            case _:
                return TEXTS

    def number(self, table: str) -> int:
        """Return the next id of a table.

        Ids have gaps, and some tables begin with ids of 32, 54 and 63 bits, so that the order of ids is not the order
        of insertion.
        """
        count = len(self.rows[table])
        return LARGE[count] if count < len(LARGE) and table in ("organization", "claim", "person") else 1 + 3 * count

    def pick(self, values: Any) -> Any:
        return self.random.choice(list(values))

    def maybe(self, values: Any) -> Any:
        return None if self.random.random() < 0.35 else self.pick(values)

    def pick_id(self, table: str) -> int:
        return self.pick(self.rows[table])["id"]

    def maybe_id(self, table: str) -> int | None:
        return None if self.random.random() < 0.35 else self.pick_id(table)

    def chance(self, probability: float = 0.5) -> bool:
        return self.random.random() < probability

    def name(self, kind: Any) -> str:
        return self.pick(kind).name

    def amount(self, as_of: str | None = None) -> Number:
        return Number(
            self.maybe(DECIMALS),
            self.maybe(DECIMALS),
            self.maybe(DECIMALS),
            self.pick(TEXTS),
            self.maybe(TEXTS),
            self.name(Comparator),
            self.name(BoundsBasis),
            self.pick(TEXTS),
            as_of,
        )

    def maybe_amount(self) -> Number | None:
        return self.amount(self.pick((None, *(day.edtf for day in DAYS)))) if self.chance(0.7) else None

    def organizations(self) -> None:
        slugs = ("a", "b-2", "partnership-on-ai", "it's", '"', "\\", "😀", "", "z", "\u2028")
        for place, slug in enumerate(slugs):
            self.add(
                "organization",
                slug=slug,
                name=self.pick(NAMES),
                sector=self.name(words.Sector),
                is_convener=place % 3 == 0,
            )
        for _ in range(14):
            self.add(
                "other_name",
                organization_id=self.pick_id("organization"),
                name=self.pick(TEXTS),
                kind=self.name(words.NameKind),
                valid_during=self.maybe(DAYS),
            )
            self.add(
                "identifier",
                organization_id=self.pick_id("organization"),
                scheme=self.pick(TEXTS),
                value=self.pick(TEXTS),
                url=self.maybe(TEXTS),
            )
            self.add(
                "organization_relation",
                from_organization_id=self.pick_id("organization"),
                to_organization_id=self.pick_id("organization"),
                kind=self.name(words.RelationKind),
                valid_during=self.maybe(DAYS),
            )

    def sources(self) -> None:
        for place in range(5):
            source = self.add(
                "source",
                title=self.pick(TEXTS),
                kind=self.name(words.SourceKind),
                url=self.maybe(TEXTS),
                publisher=self.maybe(TEXTS),
                retrieved_at=self.maybe(MOMENTS),
                sha256=f"{place:064x}",
            )
            # One source has no passages, one has no body, and the ordinals are not in the order of insertion.
            for ordinal in self.random.sample(range(1, 9), k=(0, 5, 6, 7, 8)[place]):
                kind = "HEADING" if place == 1 else self.name(words.PassageKind)
                self.add(
                    "passage",
                    source_id=source["id"],
                    ordinal=ordinal,
                    section=self.pick(SECTIONS),
                    kind=kind,
                    text=self.pick(TEXTS),
                )
            self.link("source_subject", source_id=source["id"], organization_id="organization")

    def link(self, table: str, **ends: Any) -> None:
        """Link one row to up to three random rows of another table.

        `ends` has two columns: the first with the row's id, the second with the name of the other table.
        """
        (here, number), (there, other) = ends.items()
        known = self.rows[other]
        for row in self.random.sample(known, k=self.random.randint(0, min(3, len(known)))):
            self.rows[table].append({here: number, there: row["id"]})

    def partnerships(self) -> None:
        conveners = [row["id"] for row in self.rows["organization"] if row["is_convener"]]
        for _ in range(30):
            self.add(
                "partnership",
                convener_id=self.pick(conveners),
                partner_id=self.pick_id("organization"),
                role=self.name(words.PartnerRole),
                name_at_time=self.maybe(TEXTS),
                sector_at_time=self.name(words.Sector),
                start=self.maybe(DAYS),
                end=self.maybe(DAYS),
                confirmed_during=self.maybe(DAYS),
            )

    def people(self) -> None:
        for _ in range(5):
            self.add("person", name=self.pick(NAMES))
        for _ in range(9):
            self.add(
                "post",
                organization_id=self.pick_id("organization"),
                body=self.name(words.PostBody),
                label=self.pick(TEXTS),
                constituency=self.maybe(words.Sector.__members__),
                seats=self.maybe_amount(),
            )
        for _ in range(14):
            self.add(
                "tenure",
                post_id=self.pick_id("post"),
                person_id=self.pick_id("person"),
                on_behalf_of_id=self.maybe_id("organization"),
                start=self.maybe(DAYS),
                end=self.maybe(DAYS),
            )

    def workstreams(self) -> None:
        for _ in range(9):
            self.add(
                "workstream",
                convener_id=self.pick_id("organization"),
                name=self.pick(NAMES),
                other_names=self.pick(LISTS),
                description=self.maybe(TEXTS),
                topics=self.pick(LISTS),
            )
        for _ in range(12):
            self.add(
                "output",
                workstream_id=self.pick_id("workstream"),
                kind=self.name(words.OutputKind),
                title=self.maybe(TEXTS),
                topics=self.pick(LISTS),
                published=self.maybe(DAYS),
            )
        for workstream in self.rows["workstream"]:
            for partnership in self.random.sample(self.rows["partnership"], k=self.random.randint(0, 5)):
                self.add(
                    "participation",
                    workstream_id=workstream["id"],
                    partnership_id=partnership["id"],
                    start=self.maybe(DAYS),
                    end=self.maybe(DAYS),
                )

    def subject_columns(self, table: str) -> Row:
        """Return the subject columns of a claim that is about a row of this table."""
        return {column: self.pick_id(name) if name == table else None for name, column in SUBJECTS.items()}

    def pick_subject(self) -> str:
        return self.pick(table for table in SUBJECTS if self.rows[table])

    def claims(self) -> None:
        for key in PROPERTIES:
            self.add(
                "property",
                key=key,
                label=self.pick(TEXTS),
                datatype=self.name(words.Datatype),
                unit=self.maybe(TEXTS),
                multivalued=self.chance(),
            )
        for place in range(110):
            self.claim("organization" if place < 90 else self.pick_subject())
        for _ in range(9):
            conflict = self.add(
                "claim_conflict",
                organization_id=self.pick_id("organization"),
                property_id=self.pick_id("property"),
                chosen_id=self.maybe_id("claim"),
                compatible=self.chance(),
                explanation=self.pick(TEXTS),
                **self.subject_columns(self.pick_subject()),
            )
            taken = {link["claim_id"] for link in self.rows["claim_conflict_claim"]}
            free = [claim for claim in self.rows["claim"] if claim["id"] not in taken]
            for claim in self.random.sample(free, k=self.random.randint(0, 4)):
                self.rows["claim_conflict_claim"].append({"claim_id": claim["id"], "conflict_id": conflict["id"]})

    def claim(self, subject: str) -> None:
        # Some columns are filled although they do not count. Only the value's kind tells which column counts.
        status = "VALUE" if self.chance(0.8) else self.name(words.ValueStatus)
        kind = self.name(words.Datatype) if status == "VALUE" else None
        during = self.maybe(DAYS)
        as_of = during and during.edtf
        named = self.pick(("organization", "person", "both", "neither")) if kind == "NODE" else "neither"
        self.add(
            "claim",
            property_id=self.pick_id("property"),
            value_status=status,
            value_kind=kind,
            valid_during=during,
            quantity=self.amount(as_of) if kind == "QUANTITY" or self.chance(0.2) else None,
            text=self.pick(TEXTS) if kind == "TEXT" or self.chance(0.2) else None,
            date=self.pick(DAYS) if kind == "DATE" or self.chance(0.2) else None,
            value_organization_id=self.pick_id("organization") if named in ("organization", "both") else None,
            value_person_id=self.pick_id("person") if named in ("person", "both") else None,
            certainty=self.name(words.Certainty),
            rank=self.name(words.Rank),
            rank_reason=self.maybe(TEXTS),
            stated_in=self.maybe(TEXTS),
            **self.subject_columns(subject),
        )

    def arguments(self) -> None:
        for _ in range(8):
            assessment = self.add(
                "assessment",
                subject_id=self.pick_id("organization"),
                dimension=self.pick(TEXTS),
                rating=self.name(words.Rating),
                evidence=self.pick(TEXTS),
                assessor=self.maybe(TEXTS),
                assessed_during=self.maybe(DAYS),
            )
            self.link("assessment_claim", assessment_id=assessment["id"], claim_id="claim")
            self.add(
                "issue",
                organization_id=self.pick_id("organization"),
                kind=self.name(words.IssueKind),
                title=self.pick(TEXTS),
                description=self.maybe(TEXTS),
                since=self.maybe(DAYS),
            )
        for _ in range(12):
            position = self.add(
                "position",
                issue_id=self.pick_id("issue"),
                stance=self.name(words.Stance),
                argument=self.pick(TEXTS),
                has_unnamed_holders=self.chance(),
            )
            self.link("position_holder", position_id=position["id"], organization_id="organization")

    def others(self) -> None:
        """Add rows of the entities that no other method adds, and claims about them."""
        for table in OWNED:
            if not self.rows[table] and table != "citation":
                for _ in range(9):
                    self.add(table)
                for _ in range(9 if table in SUBJECTS else 0):
                    self.claim(table)

    def metrics(self) -> None:
        for key in METRICS:
            self.add(
                "metric_definition",
                key=key,
                title=self.pick(TEXTS),
                description=self.pick(TEXTS),
                formula=self.pick(TEXTS),
                unit=self.pick(TEXTS),
                version=self.pick(INTS),
                depends_on=self.pick(LISTS),
                time_dependent=self.chance(),
            )
        for definition in self.rows["metric_definition"]:
            for subject in self.random.sample(self.rows["organization"], k=8):
                peers = [peer["id"] for peer in self.random.sample(self.rows["organization"], k=2)]
                alone = [] if definition["key"] == "overlap" else [None]
                for peer in [*alone, *peers][: self.pick((1, 1, 3))]:
                    self.metric(definition["id"], subject["id"], peer)

    def metric(self, definition: int, subject: int, peer: int | None) -> None:
        value = self.add(
            "metric_value",
            definition_id=definition,
            subject_id=subject,
            peer_id=peer,
            # STALE follows from a mark and is never stored.
            computed_state=self.pick(("FRESH", "FAILED", "INSUFFICIENT_DATA", "NOT_APPLICABLE")),
            value=self.maybe_amount(),
            formula=self.pick(TEXTS),
            substitution=self.pick(TEXTS),
            computed_at=self.maybe(MOMENTS),
            computed_from_change=self.maybe(LARGE),
        )
        for _ in range(self.random.randint(0, 3)):
            here = {"metric_value_id": value["id"]}
            share = self.maybe_amount()
            self.add(
                "metric_slice", key=self.pick(TEXTS), label=self.pick(TEXTS), count=self.pick(INTS), share=share, **here
            )
            self.add("metric_warning", code=self.pick(TEXTS), message=self.pick(TEXTS), inputs=self.pick(LISTS), **here)
            self.add(
                "metric_input",
                name=self.pick(TEXTS),
                excluded=self.chance(),
                used=self.maybe_amount(),
                reason=self.pick(TEXTS),
                **self.input_columns(),
                **here,
            )
            self.add(
                "metric_alternative",
                claim_id=self.maybe_id("claim"),
                state=self.name(words.MetricState),
                value=self.maybe_amount(),
                substitution=self.pick(TEXTS),
                **here,
            )
        for _ in range(self.pick((0, 1, 2, 6))):
            self.add(
                "metric_revision",
                metric_value_id=value["id"],
                state=self.name(words.MetricState),
                value=self.maybe_amount(),
                substitution=self.pick(TEXTS),
                computed_at=self.pick(MOMENTS),
                cause_id=self.maybe_id("change"),
            )

    def input_columns(self) -> Row:
        """Return the columns that refer to a metric's input. At times they refer to nothing or to two rows."""
        named = self.random.sample(list(CITED), k=self.pick((0, 1, 1, 1, 2)))
        return {column: self.pick_id(table) if table in named else None for table, column in CITED.items()}

    def work(self) -> None:
        for organization in self.rows["organization"]:
            definitions = self.random.sample([None, *self.rows["metric_definition"]], k=self.pick((0, 1, 3)))
            for definition in definitions:
                self.job(organization["id"], definition and definition["id"])
        for _ in range(4):
            self.job(None, None)
        for place in range(7):
            # Workers were seen long ago or far in the future, so the time of the query does not matter.
            self.add(
                "worker",
                name=str(place),
                started_at=self.pick(MOMENTS),
                seen_at=self.pick(MOMENTS if place else MOMENTS[-1:]),
                running=self.pick((0, 1, 2, 7)),
            )

    def job(self, organization: int | None, definition: int | None) -> None:
        self.add(
            "job",
            kind=self.pick(NAMES),
            status=self.name(words.JobStatus),
            attempts=self.pick(INTS),
            max_attempts=self.pick(INTS),
            error=self.maybe(TEXTS),
            enqueued_at=self.pick(MOMENTS),
            started_at=self.maybe(MOMENTS),
            finished_at=self.maybe(MOMENTS),
            run_after=self.maybe(MOMENTS),
            organization_id=organization,
            definition_id=definition,
            newest_mark=self.maybe(INTS),
        )

    def log(self) -> None:
        for place in range(24):
            table = self.pick(LOGGED)
            # The jobs are generated later, but like all rows of their table they begin with ids 1 and 4.
            known = [row["id"] for row in self.rows[table]] or [1, 4]
            self.add(
                "change",
                at=self.pick(MOMENTS),
                actor=self.pick(TEXTS),
                reason=self.maybe(TEXTS),
                operation=self.name(words.Operation),
                # Some changes are about deleted rows or about types that never existed.
                node_type=table.capitalize() if place % 8 else self.pick(("organization", "Nothing", "'")),
                node_id=self.pick((*known, *known, 4711)),
                organization_id=self.maybe_id("organization"),
                before=self.maybe(JSONS),
                after=self.maybe(JSONS),
                request_id=self.maybe(TEXTS),
            )

    def citations(self) -> None:
        quotable = [passage for passage in self.rows["passage"] if passage["text"]]
        for place in range(90):
            passage = self.pick(quotable)
            start = self.random.randrange(len(passage["text"]))
            end = self.random.randint(start + 1, len(passage["text"]))
            table = list(CITED)[place % len(CITED)]
            self.add(
                "citation",
                passage_id=passage["id"],
                start=start,
                end=end,
                exact=passage["text"][start:end],
                **{column: self.pick_id(name) if name == table else None for name, column in CITED.items()},
            )

    def marks(self) -> None:
        for place in range(6):
            organization = self.rows["organization"][(0, 0, 3, 5, 5, 5)[place]]
            self.add(
                "mark", organization_id=organization["id"], at=self.pick(MOMENTS), urgency=self.name(words.Urgency)
            )


async def write(database: Database, registry: Rows) -> None:
    """Write these rows to an empty database, with exactly these marks."""
    async with database.writer.begin() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name != "mark" and (written := registry[table.name]):
                await connection.execute(insert(table), [dict(_flatten(table.c.keys(), row)) for row in written])
        for row in registry["workstream"]:
            await _rewrite_topics(connection, row)
        # The triggers marked every organization during the inserts.
        await connection.execute(delete(Mark))
        await connection.execute(insert(Mark), registry["mark"])


async def _rewrite_topics(connection: Any, row: Row) -> None:
    """Write the same list as another program might: with spaces and unescaped non-ASCII letters."""
    value = ":topics" if connection.dialect.name == "sqlite" else "CAST(:topics AS json)"
    topics = json.dumps(row["topics"], ensure_ascii=False, separators=(" ,\t", ": "))
    await connection.execute(
        text(f"UPDATE workstream SET topics = {value} WHERE id = :id"), {"topics": topics, "id": row["id"]}
    )


def _flatten(columns: list[str], row: Row) -> Iterator[tuple[str, Any]]:
    """Yield the columns of a row, with one column for each part of an embedded value."""
    for name, value in row.items():
        if name in columns:
            yield name, value
        else:
            parts = (part for part in (*Day._fields, *Number._fields) if f"{name}_{part}" in columns)
            yield from ((f"{name}_{part}", getattr(value, part, None)) for part in parts)
