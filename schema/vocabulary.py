"""The closed lists as GraphQL enums; their standards are named in the descriptions."""

import enum

import strawberry

from db.values import vocabulary
from db.values.quantity import BoundsBasis, Comparator

_DESCRIPTIONS: dict[type[enum.Enum], str] = {
    vocabulary.Sector: "The part of society that an organization belongs to; UNKNOWN where no source says.",
    vocabulary.NameKind: "What sort of name it is.",
    vocabulary.PartnerRole: "In what role a partner belongs to its convener.",
    vocabulary.RelationKind: "What the other organization is to this one (ROR relationship types).",
    vocabulary.Rank: "How a claim stands among others of its property (Wikibase ranks); DEPRECATED ones never count.",
    vocabulary.SnakType: "Whether the value is known, known to exist but not what, or known not to exist (Wikibase).",
    vocabulary.Datatype: "What the values of a property are.",
    vocabulary.Certainty: "How firmly the source asserts it.",
    vocabulary.SourceKind: "What sort of source it is (BODS source types).",
    vocabulary.PassageKind: "Whether a passage states something or only arranges the text.",
    vocabulary.Rating: "A rating on five steps.",
    vocabulary.OutputKind: "What sort of output it is.",
    vocabulary.IssueKind: "What sort of issue it is.",
    vocabulary.Stance: "Which side a position takes.",
    vocabulary.PostBody: "The body that a post belongs to.",
    vocabulary.MetricState: (
        "How far a derived number can be trusted: FRESH (nothing has changed since), STALE (something has, and a "
        "worker will compute it anew), FAILED, INSUFFICIENT_DATA (an input is unknown) or NOT_APPLICABLE."
    ),
    vocabulary.JobStatus: (
        "How far a job is: QUEUED, RUNNING, RETRYING (it failed and is tried again by itself), SUCCEEDED, DEAD (it "
        "failed for the last time) or CANCELLED (an admin gave it up)."
    ),
    vocabulary.Operation: "What was done to a row.",
    Comparator: "How a quantity's number is meant.",
    BoundsBasis: "Where a quantity's bounds come from: the source states them, or rounding implies them.",
}

for _kind, _description in _DESCRIPTIONS.items():
    strawberry.enum(_kind, description=_description)


@strawberry.enum(description="Which way a list runs.")
class OrderDirection(enum.Enum):
    ASC = "ASC"
    DESC = "DESC"
