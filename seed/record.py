"""Record files: TOML with the facts that a source states about one convener, each with its quotes."""

import hashlib
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from db.values.partial_date import PartialDate
from db.values.quantity import Comparator, Quantity
from db.values.vocabulary import (
    Certainty,
    Datatype,
    IssueKind,
    NameKind,
    OutputKind,
    PartnerRole,
    PostBody,
    Rank,
    Rating,
    RelationKind,
    Sector,
    SourceKind,
    Stance,
)
from seed.fields import (
    Cite,
    Cited,
    ClaimRef,
    Edtf,
    Key,
    LineNumber,
    OrganizationRef,
    Quote,
    Reading,
    Slug,
    SubjectRef,
    TextFile,
    ValueType,
    Words,
    get_reading,
    introduces,
    words,
)
from seed.refusal import RecordError

# The property's datatype decides the type. The text of a NODE is an organization's slug.
Value = Quantity | PartialDate | str


def read(file: Path) -> "Record":
    """Read a record and check all of it against the text of its source. Raises `RecordError`."""
    try:
        entries = tomllib.loads(file.read_bytes().decode(), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(file, 1, "file", f"expected a readable UTF-8 file, got: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecordError.of_syntax(file, error) from error
    try:
        return Record.model_validate(entries, context=Reading(file.parent))
    except ValidationError as error:
        # Report only the first error, because later ones may follow from it.
        raise RecordError.of_shape(file, error.errors()[0]) from error


class Entry(BaseModel):
    """A table of the file. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _has_its_fields_only(cls, given: object) -> object:
        for name in cast("dict[str, object]", given) if isinstance(given, dict) else ():
            if name not in cls.model_fields:
                expected = ", ".join(cls.model_fields)
                raise PydanticCustomError(
                    "unknown_field", "expected one of {expected}, got {name}", {"expected": expected, "name": name}
                )
        return cast(object, given)


class SourceEntry(Entry):
    title: Words
    kind: SourceKind
    url: Words | None = None
    publisher: Words | None = None
    text: TextFile
    sha256: str
    headings: list[LineNumber] = []
    table_heads: list[LineNumber] = []
    cite: Cite

    @field_validator("sha256")
    @classmethod
    def _is_the_digest_of_the_text(cls, given: str, info: ValidationInfo) -> str:
        digest = hashlib.sha256(info.data.get("text", "").encode()).hexdigest()
        if given != digest:
            raise ValueError(f"expected {digest}, the digest of the text, got {given!r}")
        return given


class QuantityEntry(Entry):
    """A quantity whose unit and date come from the entry around it."""

    comparator: Comparator = Comparator.EXACT
    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    currency: Words | None = None
    display: Words | None = None

    def of(self, unit: str, as_of: str | None = None) -> Quantity:
        return Quantity.of(unit, **vars(self), as_of=as_of)


class PropertyEntry(Entry):
    label: Words
    datatype: Datatype
    unit: Words | None = None
    multivalued: bool = False

    @model_validator(mode="after")
    def _has_a_unit_where_it_counts(self) -> "PropertyEntry":
        if (self.unit is None) is (self.datatype is Datatype.QUANTITY):
            raise ValueError(f"expected a unit for a QUANTITY and for nothing else, got {self.unit!r}")
        return self


class OtherNameEntry(Entry):
    name: Words
    kind: NameKind
    valid_during: Edtf | None = None


class OrganizationEntry(Entry):
    slug: Annotated[Slug, introduces("organization")]
    name: Words
    sector: Sector
    is_convener: bool = False
    other_names: list[OtherNameEntry] = []
    cite: Cite


class RelationEntry(Entry):
    """A relation: `to` is the `kind` of `organization`."""

    organization: OrganizationRef
    kind: RelationKind
    to: OrganizationRef
    cite: Cite


class PartnershipEntry(Entry):
    partner: OrganizationRef
    role: PartnerRole
    name_at_time: Words | None = None
    start: Edtf | None = None
    end: Edtf | None = None
    confirmed_during: Edtf | None = None
    cite: Cite


class OutputEntry(Entry):
    key: Annotated[Slug, introduces("output")]
    kind: OutputKind
    title: Words | None = None
    topics: list[Words] = []
    published: Edtf | None = None
    cite: Cite


class WorkstreamEntry(Entry):
    key: Annotated[Slug, introduces("workstream")]
    name: Words
    other_names: list[Words] = []
    description: Words | None = None
    topics: list[Words] = []
    cite: Cite
    outputs: list[OutputEntry] = []


class TenureEntry(Entry):
    person: Words
    on_behalf_of: OrganizationRef | None = None
    start: Edtf | None = None
    end: Edtf | None = None
    cite: Cite


class PostEntry(Entry):
    key: Annotated[Slug, introduces("post")]
    body: PostBody
    label: Words
    constituency: Sector | None = None
    seats: Quantity
    cite: Cite
    tenures: list[TenureEntry] = []

    @field_validator("seats", mode="plain")
    @classmethod
    def _counts_seats(cls, given: object) -> Quantity:
        return QuantityEntry.model_validate(given).of("seat")


class ClaimEntry(Entry):
    """One claim for each value. It is about the convener unless `about` names another entry."""

    key: Annotated[Slug, introduces("claim")] | None = None
    about: SubjectRef | None = None
    property: str
    valid_during: Edtf | None = None
    # The file has a list or a single value. The list is empty if `some_value` says that the value is unknown.
    value: list[Value] = []
    some_value: bool = False
    certainty: Certainty = Certainty.ASSERTED
    rank: Rank = Rank.NORMAL
    rank_reason: Words | None = None
    stated_in: Words | None = None
    cite: Cite

    @field_validator("property")
    @classmethod
    def _is_a_property(cls, given: str, info: ValidationInfo) -> str:
        if given not in get_reading(info).properties:
            raise ValueError(f"expected the key of a property of this record, got {given!r}")
        return given

    @field_validator("value", mode="plain")
    @classmethod
    def _is_of_the_datatype(cls, given: object, info: ValidationInfo) -> list[Value]:
        # An unknown property is already reported as an error, and without it the value cannot be read.
        if (of := get_reading(info).properties.get(info.data.get("property", ""))) is None:
            return []
        values = cast("list[object]", given) if isinstance(given, list) else [given]
        during: PartialDate | None = info.data.get("valid_during")
        return [_value(value, of, during.edtf if during else None, info) for value in values]

    @model_validator(mode="after")
    def _has_a_value_or_says_that_there_is_some(self) -> "ClaimEntry":
        if bool(self.value) is self.some_value:
            raise ValueError("expected either a value or some_value = true, got both or neither")
        if self.key and len(self.value) > 1:
            raise ValueError(f"expected one value for a claim with a key, got {len(self.value)} for {self.key!r}")
        return self


def _value(given: object, of: ValueType, as_of: str | None, info: ValidationInfo) -> Value:
    if of.unit is not None:
        return QuantityEntry.model_validate(given).of(of.unit, as_of)
    if not isinstance(given, str):
        raise ValueError(f"expected text for a {of.datatype.name}, got {given!r}")
    if of.datatype is Datatype.NODE and get_reading(info).names.get(given) != "organization":
        raise ValueError(f"expected the slug of an organization of this record, got {given!r}")
    return PartialDate.of(given) if of.datatype is Datatype.DATE else words(given)


class AssessmentEntry(Entry):
    dimension: Words
    rating: Rating
    evidence: Words
    assessor: Words | None = None
    assessed_during: Edtf | None = None
    supported_by: list[ClaimRef] = []
    cite: Cite


class PositionEntry(Entry):
    stance: Stance
    argument: Words
    holders: list[OrganizationRef] = []
    has_unnamed_holders: bool = False
    cite: Cite


class IssueEntry(Entry):
    kind: IssueKind
    title: Words
    description: Words | None = None
    since: Edtf | None = None
    cite: Cite
    positions: list[PositionEntry] = []


def _keep_properties(properties: dict[str, PropertyEntry], info: ValidationInfo) -> dict[str, PropertyEntry]:
    get_reading(info).properties = {key: ValueType(entry.datatype, entry.unit) for key, entry in properties.items()}
    return properties


def _keep_quotes(quotes: dict[str, Quote], info: ValidationInfo) -> dict[str, Quote]:
    get_reading(info).quotes = quotes
    return quotes


class Record(Entry):
    """A whole file. Its tables are read in this order, so that entries can refer to earlier ones."""

    source: SourceEntry
    quotes: Annotated[dict[str, Cited], AfterValidator(_keep_quotes)] = {}
    properties: Annotated[dict[Key, PropertyEntry], AfterValidator(_keep_properties)]
    organizations: list[OrganizationEntry]
    convener: OrganizationRef
    relations: list[RelationEntry] = []
    partnerships: list[PartnershipEntry] = []
    workstreams: list[WorkstreamEntry] = []
    posts: list[PostEntry] = []
    claims: list[ClaimEntry] = []
    assessments: list[AssessmentEntry] = []
    issues: list[IssueEntry] = []
