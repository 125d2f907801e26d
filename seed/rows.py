"""From entries to rows: each entry of a record becomes its rows of the model, each of its quotes a citation."""

from typing import Any, Final, TypeVar

from db.models import (
    Assessment,
    Base,
    Citation,
    Claim,
    Issue,
    Organization,
    OrganizationRelation,
    OtherName,
    Output,
    Partnership,
    Passage,
    Person,
    Position,
    Post,
    Property,
    Source,
    Tenure,
    Workstream,
)
from db.values.partial_date import PartialDate
from db.values.quantity import Quantity
from db.values.vocabulary import Datatype, PassageKind, RelationKind, ValueStatus
from seed.fields import Quote
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

Row = TypeVar("Row", bound=Base)


class Rows:
    """The new rows of a record, in `all`, in the order in which they are to be numbered.

    `organizations` (by slug) and `properties` (by key) are those that are registered already; the others are added.
    """

    def __init__(self, record: Record, organizations: dict[str, Organization], properties: dict[str, Property]) -> None:
        self.all: list[Base] = []
        self.organizations, self.people = organizations, dict[str, Person]()
        self.properties = properties
        # By their names in the file: what claims can be about, and the claims that assessments rest on.
        self.subjects, self.claims = dict[str, Base](), dict[str, Claim]()

        self.source = self._source(record.source)
        for entry in record.organizations:
            self._organization(entry)
        self.convener = self.organizations[record.convener]
        self.source.subjects.append(self.convener)
        for entry in record.relations:
            self._relation(entry)
        for entry in record.partnerships:
            self._partnership(entry)
        for entry in record.workstreams:
            self._workstream(entry)
        for entry in record.posts:
            self._post(entry)
        for key, entry in record.properties.items():
            if key not in properties:
                properties[key] = self._add(Property(key=key, **vars(entry)))
        for entry in record.claims:
            self._claim(entry)
        for entry in record.assessments:
            self._assessment(entry)
        for entry in record.issues:
            self._issue(entry)

    def _add(self, row: Row, cite: list[Quote] | None = None) -> Row:
        self.all.append(row)
        # A citation's columns have the names of the tables, but for the relation's.
        supported = "relation" if isinstance(row, OrganizationRelation) else row.__tablename__
        for quote in cite or ():
            passage = self.source.passages[quote.line - 1]
            supports: Any = {supported: row}
            self.all.append(Citation(passage=passage, start=quote.start, end=quote.end, exact=quote.exact, **supports))
        return row

    def _source(self, entry: SourceEntry) -> Source:
        self.source = Source(
            title=entry.title, kind=entry.kind, url=entry.url, publisher=entry.publisher, sha256=entry.sha256
        )
        self.source.passages = list(_passages(entry))
        return self._add(self.source, entry.cite)

    def _organization(self, entry: OrganizationEntry) -> None:
        if entry.slug not in self.organizations:
            self.organizations[entry.slug] = Organization(
                slug=entry.slug,
                name=entry.name,
                sector=entry.sector,
                is_convener=entry.is_convener,
                other_names=[OtherName(**vars(name)) for name in entry.other_names],
            )
        self.subjects[entry.slug] = self._add(self.organizations[entry.slug], entry.cite)

    def _relation(self, entry: RelationEntry) -> None:
        # Both ways, as ROR has them: so each of the two can be asked.
        one, other = self.organizations[entry.organization], self.organizations[entry.to]
        for this, kind, that in ((one, entry.kind, other), (other, INVERSE[entry.kind], one)):
            self._add(OrganizationRelation(from_organization=this, kind=kind, to_organization=that), entry.cite)

    def _partnership(self, entry: PartnershipEntry) -> None:
        partner = self.organizations[entry.partner]
        row = Partnership(
            convener=self.convener,
            partner=partner,
            role=entry.role,
            name_at_time=entry.name_at_time,
            sector_at_time=partner.sector,
            start=entry.start,
            end=entry.end,
            confirmed_during=entry.confirmed_during,
        )
        self._add(row, entry.cite)

    def _workstream(self, entry: WorkstreamEntry) -> None:
        workstream = Workstream(
            convener=self.convener,
            name=entry.name,
            other_names=entry.other_names,
            description=entry.description,
            topics=entry.topics,
        )
        self.subjects[entry.key] = self._add(workstream, entry.cite)
        for output in entry.outputs:
            row = Output(
                workstream=workstream,
                kind=output.kind,
                title=output.title,
                topics=output.topics,
                published=output.published,
            )
            self.subjects[output.key] = self._add(row, output.cite)

    def _post(self, entry: PostEntry) -> None:
        post = Post(
            organization=self.convener,
            body=entry.body,
            label=entry.label,
            constituency=entry.constituency,
            seats=entry.seats,
        )
        self.subjects[entry.key] = self._add(post, entry.cite)
        for tenure in entry.tenures:
            row = Tenure(
                post=post,
                person=self._person(tenure.person),
                on_behalf_of=self.organizations[tenure.on_behalf_of] if tenure.on_behalf_of else None,
                start=tenure.start,
                end=tenure.end,
            )
            self._add(row, tenure.cite)

    def _person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = self._add(Person(name=name))
        return self.people[name]

    def _claim(self, entry: ClaimEntry) -> None:
        subject = self.subjects[entry.about] if entry.about else self.convener
        of = self.properties[entry.property]
        for value in entry.value or [None]:
            row = Claim(
                property=of,
                valid_during=entry.valid_during,
                certainty=entry.certainty,
                rank=entry.rank,
                rank_reason=entry.rank_reason,
                stated_in=entry.stated_in,
                **{f"subject_{subject.__tablename__}": subject},
                **self._columns(value, of.datatype),
            )
            self._add(row, entry.cite)
            if entry.key:
                self.claims[entry.key] = row

    def _columns(self, value: Value | None, datatype: Datatype) -> dict[str, Any]:
        """Only the columns that the value fills: a quantity of None would empty the date that it shares."""
        match value:
            case None:
                return {"value_status": ValueStatus.SOME_VALUE}
            case Quantity():
                return {"value_kind": datatype, "quantity": value}
            case PartialDate():
                return {"value_kind": datatype, "date": value}
            case str() if datatype is Datatype.NODE:
                return {"value_kind": datatype, "value_organization": self.organizations[value]}
            case str():
                return {"value_kind": datatype, "text": value}

    def _assessment(self, entry: AssessmentEntry) -> None:
        row = Assessment(
            subject=self.convener,
            dimension=entry.dimension,
            rating=entry.rating,
            evidence=entry.evidence,
            assessor=entry.assessor,
            assessed_during=entry.assessed_during,
            supported_by=[self.claims[key] for key in entry.supported_by],
        )
        self._add(row, entry.cite)

    def _issue(self, entry: IssueEntry) -> None:
        issue = Issue(
            organization=self.convener,
            kind=entry.kind,
            title=entry.title,
            description=entry.description,
            since=entry.since,
        )
        self._add(issue, entry.cite)
        for position in entry.positions:
            row = Position(
                issue=issue,
                stance=position.stance,
                argument=position.argument,
                has_unnamed_holders=position.has_unnamed_holders,
                holders=[self.organizations[slug] for slug in position.holders],
            )
            self._add(row, position.cite)


def _passages(entry: SourceEntry) -> list[Passage]:
    """The lines of the text; a heading belongs to the section that it opens."""
    section, passages = None, list[Passage]()
    for ordinal, line in enumerate(entry.text.split("\n"), 1):
        kind = PassageKind.HEADING if ordinal in entry.headings else PassageKind.BODY
        kind = PassageKind.TABLE_HEAD if ordinal in entry.table_heads else kind
        section = line if kind is PassageKind.HEADING else section
        passages.append(Passage(ordinal=ordinal, section=section, kind=kind, text=line))
    return passages
