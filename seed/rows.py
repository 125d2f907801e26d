"""Turns the entries of a record into rows. Commands save each entry, with its quotes as citations."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from db.commands.citation import Quote, cite
from db.commands.claim import Value as Claimed
from db.commands.claim import assert_claim
from db.commands.save import save
from db.commands.source import add_source, link
from db.connections.sessions import WriteSession
from db.models import (
    Assessment,
    Base,
    Issue,
    Organization,
    OrganizationRelation,
    OtherName,
    Output,
    Partnership,
    Person,
    Position,
    Post,
    Property,
    Tenure,
    Workstream,
)
from db.models.assessment import assessment_claim
from db.models.issue import position_holder
from db.models.source import source_subject
from db.values.reference import Reference
from db.values.vocabulary import Datatype, PassageKind, RelationKind, ValueStatus
from seed import fields
from seed.locate import Path
from seed.record import (
    AssessmentEntry,
    ClaimEntry,
    IssueEntry,
    OrganizationEntry,
    PartnershipEntry,
    PostEntry,
    Record,
    RelationEntry,
    SourceEntry,
    Value,
    WorkstreamEntry,
)

INVERSE: Final = {
    RelationKind.PARENT: RelationKind.CHILD,
    RelationKind.CHILD: RelationKind.PARENT,
    RelationKind.PREDECESSOR: RelationKind.SUCCESSOR,
    RelationKind.SUCCESSOR: RelationKind.PREDECESSOR,
    RelationKind.RELATED: RelationKind.RELATED,
}


class Loader:
    """Saves the entries of a record in order, so that ids follow that order. The caller logs the record as one change.

    `organizations` (ids by slug) and `properties` (keys) are already registered; all others are added. `place` is the
    path of the current entry.
    """

    def __init__(
        self, session: WriteSession, record: Record, organizations: Mapping[str, int], properties: set[str]
    ) -> None:
        self.place: Path = ()
        self.source_id = 0
        self._session = session
        self._record = record
        self._organizations = dict(organizations)
        self._people: dict[str, int] = {}
        self._properties = properties
        # Entries refer to each other by names: to the subjects of claims, and to the claims that support assessments.
        self._subjects: dict[str, Reference] = {}
        self._claims: dict[str, int] = {}

    @property
    def convener_id(self) -> int:
        return self._organizations[self._record.convener]

    async def load(self) -> None:
        """Save all entries. Raises `DomainError` if the registry refuses one."""
        record = self._record
        self.place = ("source",)
        await self._source(record.source)
        for entry in self._each("organizations"):
            await self._organization(entry)
        pair = {"source_id": self.source_id, "organization_id": self.convener_id}
        await link(self._session, source_subject, [pair])
        for entry in self._each("relations"):
            await self._relation(entry)
        for entry in self._each("partnerships"):
            await self._partnership(entry)
        for entry in self._each("workstreams"):
            await self._workstream(entry)
        for entry in self._each("posts"):
            await self._post(entry)
        for key, entry in record.properties.items():
            self.place = ("properties", key)
            if key not in self._properties:
                await self._save(Property, key=key, **vars(entry))
        for entry in self._each("claims"):
            await self._claim(entry)
        for entry in self._each("assessments"):
            await self._assessment(entry)
        for entry in self._each("issues"):
            await self._issue(entry)

    def _each(self, name: str) -> Iterator[Any]:
        for index, entry in enumerate(getattr(self._record, name)):
            self.place = (name, index)
            yield entry

    async def _save(self, model: type[Base], quotes: list[fields.Quote] | None = None, **values: Any) -> int:
        made = await save(self._session, None, model, fields=values, quotes=self._quotes(quotes or []))
        return made.id

    def _quotes(self, quotes: list[fields.Quote]) -> list[Quote]:
        """Return the quotes as commands take them: by occurrence in the whole source instead of by line."""
        lines = self._record.source.text.split("\n")
        return [
            Quote(self.source_id, quote.exact, 1 + sum(line.count(quote.exact) for line in lines[: quote.line - 1]))
            for quote in quotes
        ]

    async def _source(self, entry: SourceEntry) -> None:
        values = entry.model_dump(include={"title", "kind", "url", "publisher", "sha256"})
        self.source_id = (await add_source(self._session, None, values, list(_passages(entry)))).id
        await cite(self._session, Reference("Source", self.source_id), self._quotes(entry.cite))

    async def _organization(self, entry: OrganizationEntry) -> None:
        if id := self._organizations.get(entry.slug):
            await cite(self._session, Reference("Organization", id), self._quotes(entry.cite))
        else:
            id = await self._save(
                Organization,
                entry.cite,
                slug=entry.slug,
                name=entry.name,
                sector=entry.sector,
                is_convener=entry.is_convener,
            )
            for name in entry.other_names:
                await self._save(OtherName, organization_id=id, **vars(name))
        self._organizations[entry.slug] = id
        self._subjects[entry.slug] = Reference("Organization", id)

    async def _relation(self, entry: RelationEntry) -> None:
        # Save the relation in both directions, as ROR does, so that clients find it at either organization.
        one, other = self._organizations[entry.organization], self._organizations[entry.to]
        for this, kind, that in ((one, entry.kind, other), (other, INVERSE[entry.kind], one)):
            await self._save(
                OrganizationRelation, entry.cite, from_organization_id=this, kind=kind, to_organization_id=that
            )

    async def _partnership(self, entry: PartnershipEntry) -> None:
        await self._save(
            Partnership,
            entry.cite,
            convener_id=self.convener_id,
            partner_id=self._organizations[entry.partner],
            role=entry.role,
            name_at_time=entry.name_at_time,
            start=entry.start,
            end=entry.end,
            confirmed_during=entry.confirmed_during,
        )

    async def _workstream(self, entry: WorkstreamEntry) -> None:
        id = await self._save(
            Workstream,
            entry.cite,
            convener_id=self.convener_id,
            name=entry.name,
            other_names=entry.other_names,
            description=entry.description,
            topics=entry.topics,
        )
        self._subjects[entry.key] = Reference("Workstream", id)
        for output in entry.outputs:
            output_id = await self._save(
                Output,
                output.cite,
                workstream_id=id,
                kind=output.kind,
                title=output.title,
                topics=output.topics,
                published=output.published,
            )
            self._subjects[output.key] = Reference("Output", output_id)

    async def _post(self, entry: PostEntry) -> None:
        id = await self._save(
            Post,
            entry.cite,
            organization_id=self.convener_id,
            body=entry.body,
            label=entry.label,
            constituency=entry.constituency,
            seats=entry.seats,
        )
        self._subjects[entry.key] = Reference("Post", id)
        for tenure in entry.tenures:
            await self._save(
                Tenure,
                tenure.cite,
                post_id=id,
                person_id=await self._person(tenure.person),
                on_behalf_of_id=self._organizations[tenure.on_behalf_of] if tenure.on_behalf_of else None,
                start=tenure.start,
                end=tenure.end,
            )

    async def _person(self, name: str) -> int:
        if name not in self._people:
            self._people[name] = await self._save(Person, name=name)
        return self._people[name]

    async def _claim(self, entry: ClaimEntry) -> None:
        subject = self._subjects[entry.about] if entry.about else Reference("Organization", self.convener_id)
        for value in entry.value or [None]:
            made = await assert_claim(
                self._session,
                None,
                subject=subject,
                property_key=entry.property,
                value=self._value(value, self._record.properties[entry.property].datatype),
                valid_during=entry.valid_during.edtf if entry.valid_during else None,
                certainty=entry.certainty,
                stated_in=entry.stated_in,
                rank=entry.rank,
                rank_reason=entry.rank_reason,
                quotes=self._quotes(entry.cite),
            )
            if entry.key:
                self._claims[entry.key] = made.id

    def _value(self, value: Value | None, datatype: Datatype) -> Claimed:
        if value is None:
            return ValueStatus.SOME_VALUE
        if isinstance(value, str) and datatype is Datatype.NODE:
            return Reference("Organization", self._organizations[value])
        return value

    async def _assessment(self, entry: AssessmentEntry) -> None:
        id = await self._save(
            Assessment,
            entry.cite,
            subject_id=self.convener_id,
            dimension=entry.dimension,
            rating=entry.rating,
            evidence=entry.evidence,
            assessor=entry.assessor,
            assessed_during=entry.assessed_during,
        )
        claims = [self._claims[key] for key in entry.supported_by]
        await link(self._session, assessment_claim, [{"assessment_id": id, "claim_id": claim} for claim in claims])

    async def _issue(self, entry: IssueEntry) -> None:
        issue_id = await self._save(
            Issue,
            entry.cite,
            organization_id=self.convener_id,
            kind=entry.kind,
            title=entry.title,
            description=entry.description,
            since=entry.since,
        )
        for position in entry.positions:
            id = await self._save(
                Position,
                position.cite,
                issue_id=issue_id,
                stance=position.stance,
                argument=position.argument,
                has_unnamed_holders=position.has_unnamed_holders,
            )
            holders = [self._organizations[slug] for slug in position.holders]
            pairs = [{"position_id": id, "organization_id": holder} for holder in holders]
            await link(self._session, position_holder, pairs)


def _passages(entry: SourceEntry) -> Iterator[dict[str, Any]]:
    """Yield the lines of the text as passages. A heading belongs to the section that it opens."""
    section = None
    for ordinal, line in enumerate(entry.text.split("\n"), 1):
        kind = PassageKind.HEADING if ordinal in entry.headings else PassageKind.BODY
        kind = PassageKind.TABLE_HEAD if ordinal in entry.table_heads else kind
        section = line if kind is PassageKind.HEADING else section
        yield {"ordinal": ordinal, "section": section, "kind": kind, "text": line}
