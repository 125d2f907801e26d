"""The model: identity in tables, attributes as claims, relations as rows, everything citable."""

from typing import Final

from db.models.assessment import Assessment as Assessment
from db.models.base import Base as Base
from db.models.base import leave_out_nulls
from db.models.change import Change as Change
from db.models.change import Mark as Mark
from db.models.citation import Citation as Citation
from db.models.claim import Claim as Claim
from db.models.claim import ClaimConflict as ClaimConflict
from db.models.claim import Property as Property
from db.models.claim import claim_conflict_claim as claim_conflict_claim
from db.models.issue import Issue as Issue
from db.models.issue import Position as Position
from db.models.job import DailyRun as DailyRun
from db.models.job import Job as Job
from db.models.job import Worker as Worker
from db.models.key import ApiKey as ApiKey
from db.models.metric import ComparedSet as ComparedSet
from db.models.metric import MetricAlternative as MetricAlternative
from db.models.metric import MetricDefinition as MetricDefinition
from db.models.metric import MetricInput as MetricInput
from db.models.metric import MetricRevision as MetricRevision
from db.models.metric import MetricSlice as MetricSlice
from db.models.metric import MetricValue as MetricValue
from db.models.metric import MetricWarning as MetricWarning
from db.models.metric import compared_partner as compared_partner
from db.models.organization import Identifier as Identifier
from db.models.organization import Organization as Organization
from db.models.organization import OrganizationRelation as OrganizationRelation
from db.models.organization import OtherName as OtherName
from db.models.partnership import Partnership as Partnership
from db.models.person import Person as Person
from db.models.person import Post as Post
from db.models.person import Tenure as Tenure
from db.models.source import Passage as Passage
from db.models.source import Source as Source
from db.models.workstream import Output as Output
from db.models.workstream import Participation as Participation
from db.models.workstream import Workstream as Workstream

# Each model by its name, which is that of its GraphQL type, and by its table's.
BY_NAME: Final = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
BY_TABLE: Final = {model.__tablename__: model for model in BY_NAME.values()}

for _table in Base.metadata.tables.values():
    leave_out_nulls(_table)
