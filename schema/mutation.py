"""The mutation root: composition only."""

import strawberry

from schema.claim import ClaimMutation
from schema.job import JobMutation
from schema.partnership import PartnershipMutation


@strawberry.type(description="All mutations. They need an admin key.")
class Mutation(ClaimMutation, PartnershipMutation, JobMutation):
    pass
