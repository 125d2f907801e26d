"""The closed lists of the registry, each after the standard it is taken from."""

import enum


class Term(enum.Enum):
    """A term of a closed list; formulas look up thousands of them, so it is hashed by identity, which costs less."""

    __hash__ = object.__hash__


class Sector(Term):
    INDUSTRY = "INDUSTRY"
    CIVIL_SOCIETY = "CIVIL_SOCIETY"
    ACADEMIA = "ACADEMIA"
    GOVERNMENT = "GOVERNMENT"
    MEDIA = "MEDIA"
    PHILANTHROPY = "PHILANTHROPY"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class NameKind(Term):
    PRIMARY = "PRIMARY"
    ALIAS = "ALIAS"
    ACRONYM = "ACRONYM"
    FORMER = "FORMER"
    LEGAL = "LEGAL"


class PartnerRole(Term):
    FOUNDING_PARTNER = "FOUNDING_PARTNER"
    PARTNER = "PARTNER"
    FUNDER = "FUNDER"
    OBSERVER = "OBSERVER"


class RelationKind(Term):
    """ROR's relationship types."""

    PARENT = "PARENT"
    CHILD = "CHILD"
    PREDECESSOR = "PREDECESSOR"
    SUCCESSOR = "SUCCESSOR"
    RELATED = "RELATED"


class Rank(Term):
    """Wikibase's statement ranks."""

    PREFERRED = "PREFERRED"
    NORMAL = "NORMAL"
    DEPRECATED = "DEPRECATED"


class SnakType(Term):
    """Wikibase's: known, known to exist but not what it is, known not to exist."""

    VALUE = "VALUE"
    SOME_VALUE = "SOME_VALUE"
    NO_VALUE = "NO_VALUE"


class Datatype(Term):
    """What a property's values are."""

    QUANTITY = "QUANTITY"
    TEXT = "TEXT"
    DATE = "DATE"
    NODE = "NODE"


class Certainty(Term):
    ASSERTED = "ASSERTED"
    HEDGED = "HEDGED"
    DISPUTED = "DISPUTED"


class SourceKind(Term):
    """BODS's source types."""

    SELF_DECLARATION = "SELF_DECLARATION"
    OFFICIAL_REGISTER = "OFFICIAL_REGISTER"
    THIRD_PARTY = "THIRD_PARTY"
    PRIMARY_RESEARCH = "PRIMARY_RESEARCH"


class PassageKind(Term):
    """BODY passages state facts; HEADING and TABLE_HEAD only arrange them and count in no coverage."""

    HEADING = "HEADING"
    TABLE_HEAD = "TABLE_HEAD"
    BODY = "BODY"


class Rating(Term):
    VERY_LOW = "VERY_LOW"
    LOW = "LOW"
    MODERATE = "MODERATE"
    HIGH = "HIGH"
    VERY_HIGH = "VERY_HIGH"


class OutputKind(Term):
    FRAMEWORK = "FRAMEWORK"
    GUIDELINE = "GUIDELINE"
    RESEARCH = "RESEARCH"
    DATABASE = "DATABASE"
    STATEMENT = "STATEMENT"
    OTHER = "OTHER"


class IssueKind(Term):
    TENSION = "TENSION"
    TREND = "TREND"
    CRITICISM = "CRITICISM"
    DYNAMIC = "DYNAMIC"


class Stance(Term):
    CRITIC = "CRITIC"
    DEFENDER = "DEFENDER"
    NEUTRAL = "NEUTRAL"


class PostBody(Term):
    EXECUTIVE = "EXECUTIVE"
    BOARD = "BOARD"
    ADVISORY = "ADVISORY"


class MetricState(Term):
    """FRESH: nothing changed since it was computed. STALE: something did, and a worker will recompute it."""

    FRESH = "FRESH"
    STALE = "STALE"
    FAILED = "FAILED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Urgency(Term):
    """How soon a mark is to be looked at. PARKED: not before its job tries again, or a change leaves another mark."""

    LIVE = "LIVE"
    BACKGROUND = "BACKGROUND"
    PARKED = "PARKED"


class JobStatus(Term):
    """RETRYING: it failed, and will be tried again by itself. DEAD: it failed for the last time."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    RETRYING = "RETRYING"
    SUCCEEDED = "SUCCEEDED"
    DEAD = "DEAD"
    CANCELLED = "CANCELLED"


class Operation(Term):
    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class KeyRole(Term):
    ADMIN = "ADMIN"
