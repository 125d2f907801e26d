"""The entities by name, for types that refer to each other in circles."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.assessment import Assessment
    from schema.change import Change
    from schema.claim import Claim, ClaimConflict
    from schema.issue import Issue
    from schema.metric import MetricValue
    from schema.organization import Organization
    from schema.partnership import Partnership
    from schema.person import Person, Post
    from schema.source import Citation, Source
    from schema.workstream import Output, Participation, Workstream

AnAssessment = Annotated["Assessment", strawberry.lazy("schema.assessment")]
AChange = Annotated["Change", strawberry.lazy("schema.change")]
ACitation = Annotated["Citation", strawberry.lazy("schema.source")]
AClaim = Annotated["Claim", strawberry.lazy("schema.claim")]
AClaimConflict = Annotated["ClaimConflict", strawberry.lazy("schema.claim")]
AMetricValue = Annotated["MetricValue", strawberry.lazy("schema.metric")]
AnIssue = Annotated["Issue", strawberry.lazy("schema.issue")]
AnOrganization = Annotated["Organization", strawberry.lazy("schema.organization")]
AnOutput = Annotated["Output", strawberry.lazy("schema.workstream")]
AParticipation = Annotated["Participation", strawberry.lazy("schema.workstream")]
APartnership = Annotated["Partnership", strawberry.lazy("schema.partnership")]
APerson = Annotated["Person", strawberry.lazy("schema.person")]
APost = Annotated["Post", strawberry.lazy("schema.person")]
ASource = Annotated["Source", strawberry.lazy("schema.source")]
AWorkstream = Annotated["Workstream", strawberry.lazy("schema.workstream")]
