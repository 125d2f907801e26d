"""The closed lists of the registry. Their docstrings and descriptions are the GraphQL enums' own."""

import enum


class Term(enum.Enum):
    """One of a closed list: its value is its name, `description` says what it means.

    Formulas look up thousands of terms, so a term hashes by identity: the hash of its name costs more.
    """

    _value_: str
    description: str

    __hash__ = object.__hash__

    def __new__(cls, value: str, description: str) -> "Term":
        term = object.__new__(cls)
        term._value_ = value
        term.description = description
        return term


class Sector(Term):
    """The part of society that an organization belongs to."""

    INDUSTRY = "INDUSTRY", "Companies and their associations."
    CIVIL_SOCIETY = "CIVIL_SOCIETY", "Non-profit organizations that are neither academic nor philanthropic."
    ACADEMIA = "ACADEMIA", "Universities and research institutes."
    GOVERNMENT = "GOVERNMENT", "Governments, their agencies and intergovernmental organizations."
    MEDIA = "MEDIA", "Newsrooms, broadcasters and publishers."
    PHILANTHROPY = "PHILANTHROPY", "Foundations and other grant makers."
    OTHER = "OTHER", "A known sector that is none of these."
    UNKNOWN = "UNKNOWN", "No source states the sector."


class NameKind(Term):
    """The kind of a name of an organization."""

    PRIMARY = "PRIMARY", "The name that the organization uses for itself today."
    ALIAS = "ALIAS", "Another name in use today."
    ACRONYM = "ACRONYM", "An abbreviation of the name."
    FORMER = "FORMER", "A name that is no longer in use."
    LEGAL = "LEGAL", "The name under which the organization is registered."


class PartnerRole(Term):
    """The role of a partner in its convener."""

    FOUNDING_PARTNER = "FOUNDING_PARTNER", "A partner that helped to found the convener."
    PARTNER = "PARTNER", "An ordinary partner."
    FUNDER = "FUNDER", "A partner that gives money."
    OBSERVER = "OBSERVER", "A partner that attends without a vote."


class RelationKind(Term):
    """What the other organization is to this one (relationship types of the Research Organization Registry, ROR)."""

    PARENT = "PARENT", "The other organization owns or contains this one."
    CHILD = "CHILD", "This organization owns or contains the other one."
    PREDECESSOR = "PREDECESSOR", "This organization continues the other one."
    SUCCESSOR = "SUCCESSOR", "The other organization continues this one."
    RELATED = "RELATED", "The two are connected in another way."


class Rank(Term):
    """How a claim stands among other claims of the same property (Wikibase ranks)."""

    PREFERRED = "PREFERRED", "An editor chose this claim: it counts before NORMAL ones."
    NORMAL = "NORMAL", "The rank of a new claim."
    DEPRECATED = "DEPRECATED", "The claim is known to be wrong and never counts."


class ValueStatus(Term):
    """Whether the value of a claim is known (Wikibase snak types)."""

    VALUE = "VALUE", "The value is known."
    SOME_VALUE = "SOME_VALUE", "There is a value, but it is unknown."
    NO_VALUE = "NO_VALUE", "There is no value."


class Datatype(Term):
    """What the values of a property are."""

    QUANTITY = "QUANTITY", "A number with a unit and bounds."
    TEXT = "TEXT", "Text."
    DATE = "DATE", "A partial date."
    NODE = "NODE", "An organization or a person."


class Certainty(Term):
    """How firmly a source states a claim."""

    ASSERTED = "ASSERTED", "The source states it as a fact."
    HEDGED = "HEDGED", 'The source states it with reservations, such as "reportedly".'
    DISPUTED = "DISPUTED", "The source says that others dispute it."


class SourceKind(Term):
    """The kind of a source (source types of the Beneficial Ownership Data Standard, BODS)."""

    SELF_DECLARATION = "SELF_DECLARATION", "The organization writes about itself."
    OFFICIAL_REGISTER = "OFFICIAL_REGISTER", "A register that a public authority keeps."
    THIRD_PARTY = "THIRD_PARTY", "Somebody else writes about the organization."
    PRIMARY_RESEARCH = "PRIMARY_RESEARCH", "Somebody collected the facts for this registry."


class PassageKind(Term):
    """Whether a passage states facts or only arranges the text. Only BODY counts in a source's coverage."""

    HEADING = "HEADING", "The title of a section."
    TABLE_HEAD = "TABLE_HEAD", "The row of column titles of a table."
    BODY = "BODY", "A passage that states facts."


class Rating(Term):
    """A rating on five steps."""

    VERY_LOW = "VERY_LOW", "The lowest of the five steps."
    LOW = "LOW", "The second lowest step."
    MODERATE = "MODERATE", "The middle step."
    HIGH = "HIGH", "The second highest step."
    VERY_HIGH = "VERY_HIGH", "The highest of the five steps."


class OutputKind(Term):
    """The kind of an output of a workstream."""

    FRAMEWORK = "FRAMEWORK", "A framework that others can adopt."
    GUIDELINE = "GUIDELINE", "Guidance for practice."
    RESEARCH = "RESEARCH", "A report, a paper or a study."
    DATABASE = "DATABASE", "A collection of data that others can use."
    STATEMENT = "STATEMENT", "A public statement."
    OTHER = "OTHER", "A known kind that is none of these."


class IssueKind(Term):
    """The kind of an issue that concerns an organization."""

    TENSION = "TENSION", "Two aims of the organization that conflict."
    TREND = "TREND", "A development over time."
    CRITICISM = "CRITICISM", "A point on which others criticize the organization."
    DYNAMIC = "DYNAMIC", "How the people and partners involved act on each other."


class Stance(Term):
    """The side that a position takes on an issue."""

    CRITIC = "CRITIC", "Against the organization."
    DEFENDER = "DEFENDER", "For the organization."
    NEUTRAL = "NEUTRAL", "Neither for nor against the organization."


class PostBody(Term):
    """The body of an organization that a post belongs to."""

    EXECUTIVE = "EXECUTIVE", "The people who run the organization."
    BOARD = "BOARD", "The board that governs the organization."
    ADVISORY = "ADVISORY", "A body that advises and does not decide."


class MetricState(Term):
    """How far the value of a metric can be trusted."""

    FRESH = "FRESH", "Nothing has changed since the value was computed."
    STALE = "STALE", "Something has changed since: a worker will recompute the value."
    FAILED = "FAILED", "The formula raised an error."
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA", "An input is unknown, so there is no value."
    NOT_APPLICABLE = "NOT_APPLICABLE", "The metric makes no sense for this organization."


class Urgency(Term):
    """How soon the workers look at a mark."""

    LIVE = "LIVE", "At once: data has changed."
    BACKGROUND = "BACKGROUND", "When no LIVE mark is left."
    PARKED = "PARKED", "When the organization's job tries again, or a change leaves another mark."


class JobStatus(Term):
    """How far a job is."""

    QUEUED = "QUEUED", "It waits for a worker."
    RUNNING = "RUNNING", "A worker has started it."
    RETRYING = "RETRYING", "It failed, and a worker will try it again."
    SUCCEEDED = "SUCCEEDED", "It is done."
    DEAD = "DEAD", "It failed for the last time. `retryJob` starts it again."
    CANCELLED = "CANCELLED", "An admin discarded it."


class Operation(Term):
    """What a change did to a row."""

    CREATE = "CREATE", "The row is new."
    UPDATE = "UPDATE", "Columns of the row changed."
    DELETE = "DELETE", "The row is gone."


class KeyRole(Term):
    """What an API key may do."""

    ADMIN = "ADMIN", "All mutations."
