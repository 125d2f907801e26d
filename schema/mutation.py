"""The root of all writing: composition only."""

import strawberry

from schema.claim import ClaimMutation
from schema.job import JobMutation
from schema.partnership import PartnershipMutation


@strawberry.type(description="Everything that can be written; an admin key is needed.")
class Mutation(ClaimMutation, PartnershipMutation, JobMutation):
    pass
