"""One moment of the database, read by plain SELECTs through other drivers than the program's."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Final

import asyncpg

Row = Mapping[str, Any]
Snapshot = Mapping[str, Sequence[Row]]

QUERIES: Final = {
    "organization": "SELECT id, is_convener, sector FROM organization",
    "property": "SELECT id, key, multivalued FROM property",
    "relation": "SELECT from_organization_id, to_organization_id, kind FROM organization_relation",
    "claim": "SELECT id, property_id, value_status, rank, value_kind, text, value_organization_id,"
    " date_edtf, date_earliest, date_latest, valid_during_edtf, valid_during_earliest, valid_during_latest,"
    " quantity_value, quantity_lower, quantity_upper, quantity_unit, quantity_currency, quantity_comparator,"
    " subject_organization_id, subject_workstream_id FROM claim ORDER BY id",
    "citation": "SELECT c.claim_id, p.source_id FROM citation c JOIN passage p ON p.id = c.passage_id"
    " WHERE c.claim_id IS NOT NULL",
    "partnership": "SELECT id, convener_id, partner_id, role, start_edtf, start_earliest, start_latest,"
    " end_edtf, end_earliest, end_latest, confirmed_during_edtf, confirmed_during_earliest, confirmed_during_latest"
    " FROM partnership",
    "workstream": "SELECT id, convener_id FROM workstream",
    "participation": "SELECT workstream_id, partnership_id, end_edtf, end_earliest, end_latest FROM participation",
    "output": "SELECT workstream_id FROM output",
    "post": "SELECT id, organization_id, body, label, constituency, seats_value, seats_lower, seats_upper, seats_unit,"
    " seats_comparator FROM post ORDER BY id",
    "tenure": "SELECT post_id, start_edtf, start_earliest, start_latest, end_edtf, end_earliest, end_latest"
    " FROM tenure ORDER BY id",
    "assessment": "SELECT subject_id, rating FROM assessment",
    "position": "SELECT i.organization_id, p.stance FROM position p JOIN issue i ON i.id = p.issue_id",
    # After midnight, values may be right for either day until the nightly run has marked all organizations.
    "day": "SELECT CURRENT_DATE AS day UNION SELECT day FROM daily_run",
    "mark": "SELECT organization_id FROM mark",
    "value": "SELECT v.id, v.subject_id, d.key, v.peer_id, v.computed_state, v.value_value, v.value_lower,"
    " v.value_upper"
    " FROM metric_value v JOIN metric_definition d ON d.id = v.definition_id",
    "slice": "SELECT metric_value_id, key, count, share_value, share_lower, share_upper FROM metric_slice",
    "conflict": "SELECT id, organization_id, property_id, chosen_id, compatible, subject_organization_id,"
    " subject_workstream_id FROM claim_conflict",
    "conflict_claim": "SELECT conflict_id, claim_id FROM claim_conflict_claim",
}

# The fault that cuts connections spares those with this name.
WITNESS: Final = "witness"


async def take(database_url: str) -> Snapshot:
    """Return the rows of every query, all from the same moment."""
    if database_url.startswith("sqlite"):
        return await asyncio.to_thread(_sqlite, database_url.removeprefix("sqlite:///"))
    return await _postgres(database_url)


def _sqlite(path: str) -> Snapshot:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=15)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        return {name: [dict(row) for row in connection.execute(query)] for name, query in QUERIES.items()}


async def _postgres(url: str) -> Snapshot:
    settings = {"application_name": WITNESS, "TimeZone": "UTC"}
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return {name: await connection.fetch(query) for name, query in QUERIES.items()}
    finally:
        await connection.close()
