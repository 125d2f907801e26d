"""Which change makes the derived values of which organizations stale: the table that the triggers are made from."""

from typing import Final


def _of_claims(joined: str) -> tuple[str, ...]:
    """Selects of the organizations to which the subjects of the claims `c` belong."""
    return (
        f"SELECT c.subject_organization_id FROM {{changed}} {joined}",
        f"SELECT w.convener_id FROM {{changed}} {joined} JOIN workstream w ON w.id = c.subject_workstream_id",
        f"SELECT w.convener_id FROM {{changed}} {joined} JOIN output o ON o.id = c.subject_output_id"
        " JOIN workstream w ON w.id = o.workstream_id",
        f"SELECT p.organization_id FROM {{changed}} {joined} JOIN post p ON p.id = c.subject_post_id",
    )


# For each table, selects that give the organizations concerned by the rows of `changed`.
# A row that changes is looked at twice, as it was and as it is, so that a moved row marks both of its parents.
# A cascade may have taken the row's parent already, which a join then doesn't find: the parent's own trigger has
# marked the organization in that case, for every chain of cascades begins at a row that names it.
MARKED_BY: Final[dict[str, tuple[str, ...]]] = {
    "organization": (
        "SELECT changed.id FROM {changed}",
        # A partner's new sector is news for all its conveners.
        "SELECT p.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.id",
        # And for those in whose workstreams it takes part: a moved partnership, or workstream, is another convener's.
        "SELECT w.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.id"
        " JOIN participation t ON t.partnership_id = p.id JOIN workstream w ON w.id = t.workstream_id",
    ),
    "organization_relation": (
        "SELECT changed.from_organization_id FROM {changed}",
        "SELECT changed.to_organization_id FROM {changed}",
        # A frontier lab takes part through what it belongs to.
        "SELECT p.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.from_organization_id",
        "SELECT p.convener_id FROM {changed} JOIN partnership p ON p.partner_id = changed.to_organization_id",
    ),
    "partnership": (
        "SELECT changed.convener_id FROM {changed}",
        "SELECT w.convener_id FROM {changed} JOIN participation t ON t.partnership_id = changed.id"
        " JOIN workstream w ON w.id = t.workstream_id",
    ),
    "workstream": ("SELECT changed.convener_id FROM {changed}",),
    "participation": ("SELECT w.convener_id FROM {changed} JOIN workstream w ON w.id = changed.workstream_id",),
    "output": ("SELECT w.convener_id FROM {changed} JOIN workstream w ON w.id = changed.workstream_id",),
    "post": ("SELECT changed.organization_id FROM {changed}",),
    "tenure": ("SELECT p.organization_id FROM {changed} JOIN post p ON p.id = changed.post_id",),
    "assessment": ("SELECT changed.subject_id FROM {changed}",),
    "issue": ("SELECT changed.organization_id FROM {changed}",),
    "position": ("SELECT i.organization_id FROM {changed} JOIN issue i ON i.id = changed.issue_id",),
    "position_holder": (
        "SELECT i.organization_id FROM {changed} JOIN position p ON p.id = changed.position_id"
        " JOIN issue i ON i.id = p.issue_id",
    ),
    "claim": (
        "SELECT changed.subject_organization_id FROM {changed}",
        "SELECT w.convener_id FROM {changed} JOIN workstream w ON w.id = changed.subject_workstream_id",
        "SELECT w.convener_id FROM {changed} JOIN output o ON o.id = changed.subject_output_id"
        " JOIN workstream w ON w.id = o.workstream_id",
        "SELECT p.organization_id FROM {changed} JOIN post p ON p.id = changed.subject_post_id",
    ),
    # A claim's sources are those of the passages that are cited for it.
    "citation": _of_claims("JOIN claim c ON c.id = changed.claim_id"),
    "passage": _of_claims("JOIN citation t ON t.passage_id = changed.id JOIN claim c ON c.id = t.claim_id"),
    # Whether a property may have several values decides which of its claims contradict each other.
    "property": _of_claims("JOIN claim c ON c.property_id = changed.id"),
}

OPERATIONS: Final = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
