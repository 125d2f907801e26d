"""The rows alone reproduce both tables of the page, letter for letter."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from db.connections.engine import Database
from db.models import Assessment, Claim, Organization, Partnership, Post, Tenure
from db.values.partial_date import PartialDate
from db.values.vocabulary import PartnerRole, PostBody, Rank
from seed.load import RECORDS

PAGE = (RECORDS / "partnership-on-ai.txt").read_text().split("\n")

CONVENER = (
    select(Organization)
    .where(Organization.is_convener)
    .options(
        selectinload(Organization.assessments),
        selectinload(Organization.claims).selectinload(Claim.property),
        selectinload(Organization.partnerships).selectinload(Partnership.partner),
        selectinload(Organization.posts).selectinload(Post.tenures).selectinload(Tenure.person),
    )
)


async def convener(database: Database) -> Organization:
    async with database.read() as session:
        return (await session.scalars(CONVENER)).one()


def assessed(assessment: Assessment) -> str:
    rating = assessment.rating.name.replace("_", " ").title()
    return f"| {assessment.dimension} | {rating} | {assessment.evidence} |"


def best(organization: Organization, key: str) -> Claim:
    of_property = [claim for claim in organization.claims if claim.property.key == key]
    return max(of_property, key=lambda claim: (claim.rank is Rank.PREFERRED, claim.id))


def attribute(claim: Claim) -> str:
    if claim.quantity:
        value = claim.quantity.display
    elif claim.date:
        value = month(claim.date)
    else:
        value = (claim.text or "").removeprefix("https://")
    return f"| {claim.property.label} | {value} |"


def month(date: PartialDate | None) -> str:
    assert date is not None
    assert date.earliest is not None
    return date.earliest.strftime("%B %Y")


def founder(partnership: Partnership) -> str:
    then = f" (then {partnership.name_at_time})" if partnership.name_at_time else ""
    return partnership.partner.name + then


def executive(post: Post) -> str:
    tenure = post.tenures[0]
    return f"| {post.label} | {tenure.person.name} (since {month(tenure.start)}) |"


async def test_the_quick_assessment_is_the_assessments(loaded: Database) -> None:
    assert [assessed(row) for row in (await convener(loaded)).assessments] == PAGE[6:12]


async def test_the_organization_details_are_claims_partnerships_and_a_post(loaded: Database) -> None:
    it = await convener(loaded)
    founders = ", ".join(founder(row) for row in it.partnerships if row.role is PartnerRole.FOUNDING_PARTNER)
    areas = ", ".join(claim.text or "" for claim in it.claims if claim.property.key == "FOCUS_AREA")
    assert [
        attribute(best(it, "FOUNDING_DATE")),
        attribute(best(it, "HEADQUARTERS")),
        attribute(best(it, "LEGAL_FORM")),
        f"| Founding Partners | {founders} |",
        attribute(best(it, "PARTNER_COUNT")),
        *(executive(post) for post in it.posts if post.body is PostBody.EXECUTIVE),
        attribute(best(it, "ANNUAL_REVENUE")),
        attribute(best(it, "EMPLOYEES")),
        attribute(best(it, "WEBSITE")),
        f"| Focus Areas | {areas} |",
    ] == PAGE[15:25]
