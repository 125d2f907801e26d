"""The root of all writing: composition only."""

import strawberry

from schema.claim import ClaimMutation
from schema.partnership import PartnershipMutation


@strawberry.type(description="Everything that can be written; an admin key is needed.")
class Mutation(ClaimMutation, PartnershipMutation):
    pass
