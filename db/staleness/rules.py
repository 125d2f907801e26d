"""The rules of staleness: for each table, the organizations that a changed row makes stale. Triggers apply them."""

from typing import Final

from db.models.owned import OWNED

_OWNER: Final = ("SELECT changed.owner_id FROM {changed}",)
# No derived value reads these tables.
_UNREAD: Final = {"identifier", "other_name"}

# For each table, selects of the organizations that a change of its rows `changed` makes stale.
# An updated row is read twice, before and after, so that a moved row marks both owners.
# A cascade may already have deleted the row that a join looks for. The organization is still marked, because every
# chain of cascades begins at a row that has the owner or names it.
MARKED_BY: Final[dict[str, tuple[str, ...]]] = {table: _OWNER for table in OWNED if table not in _UNREAD} | {
    "organization": (
        "SELECT changed.id FROM {changed}",
        # A partner's sector counts in the metrics of its conveners.
        "SELECT p.owner_id FROM {changed} JOIN partnership p ON p.partner_id = changed.id",
        # It also counts in the metrics of its workstreams' owners. They are not its conveners if a partnership or
        # workstream has moved.
        "SELECT t.owner_id FROM {changed} JOIN partnership p ON p.partner_id = changed.id"
        " JOIN participation t ON t.partnership_id = p.id",
    ),
    "organization_relation": (
        *_OWNER,
        "SELECT changed.to_organization_id FROM {changed}",
        # A frontier lab takes part through the organization that it belongs to.
        "SELECT p.owner_id FROM {changed} JOIN partnership p ON p.partner_id = changed.from_organization_id",
        "SELECT p.owner_id FROM {changed} JOIN partnership p ON p.partner_id = changed.to_organization_id",
    ),
    "partnership": (
        *_OWNER,
        "SELECT t.owner_id FROM {changed} JOIN participation t ON t.partnership_id = changed.id",
    ),
    "position_holder": ("SELECT p.owner_id FROM {changed} JOIN position p ON p.id = changed.position_id",),
    # The sources of a claim are those of its cited passages.
    "citation": ("SELECT changed.owner_id FROM {changed} WHERE changed.claim_id IS NOT NULL",),
    "passage": (
        "SELECT t.owner_id FROM {changed} JOIN citation t ON t.passage_id = changed.id WHERE t.claim_id IS NOT NULL",
    ),
    # Claims of a multivalued property do not contradict each other.
    "property": ("SELECT c.owner_id FROM {changed} JOIN claim c ON c.property_id = changed.id",),
}

OPERATIONS: Final = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
