"""The same queries for the schema that PostGraphile derives from the tables, and the conversion of its answers to ours.

Three things differ. The parts of a metric's value are columns of its row. The state is the stored one, because no
column says whether anything has changed since. Metrics cannot be filtered by key, so all of them are returned.
"""

from typing import Any, Final, cast

from bench.queries import KEYS

PROFILE: Final = """query Profile($slug: String!) {
  organization: organizationBySlug(slug: $slug) {
    name slug sector isConvener
    metrics: metricValuesBySubjectId(orderBy: [PRIMARY_KEY_ASC]) {
      nodes {
        state: computedState definition: metricDefinitionByDefinitionId { key }
        value: valueValue lower: valueLower upper: valueUpper unit: valueUnit
      }
    }
    partnerships: partnershipsByConvenerId(first: 100, orderBy: [PRIMARY_KEY_ASC]) {
      nodes { role start: startEdtf partner: organizationByPartnerId { name slug sector } }
    }
    workstreams: workstreamsByConvenerId(first: 4, orderBy: [PRIMARY_KEY_ASC]) {
      nodes {
        name description
        participations: participationsByWorkstreamId(first: 50, orderBy: [PRIMARY_KEY_ASC]) {
          nodes { partnership: partnershipByPartnershipId { partner: organizationByPartnerId { name } } }
        }
      }
    }
  }
}"""

LIST: Final = """query List($after: Cursor) {
  organizations: allOrganizations(
    condition: {isConvener: true}, first: 50, after: $after, orderBy: [PRIMARY_KEY_ASC]
  ) {
    nodes {
      name slug
      metrics: metricValuesBySubjectId(orderBy: [PRIMARY_KEY_ASC]) {
        nodes { state: computedState definition: metricDefinitionByDefinitionId { key }
                value: valueValue unit: valueUnit }
      }
      partnerships: partnershipsByConvenerId(first: 10, orderBy: [PRIMARY_KEY_ASC]) {
        nodes { role partner: organizationByPartnerId { name slug } }
      }
      workstreams: workstreamsByConvenerId(first: 10, orderBy: [PRIMARY_KEY_ASC]) { nodes { name } }
    }
  }
}"""

SMALL: Final = """query Small($slug: String!) {
  organization: organizationBySlug(slug: $slug) {
    name
    metrics: metricValuesBySubjectId(orderBy: [PRIMARY_KEY_ASC]) {
      nodes { state: computedState definition: metricDefinitionByDefinitionId { key }
              value: valueValue unit: valueUnit }
    }
  }
}"""

QUERIES: Final = {"profile": PROFILE, "list": LIST, "small": SMALL}
PLACES: Final = """query Places($after: Cursor) {
  organizations: allOrganizations(
    condition: {isConvener: true}, first: 100, after: $after, orderBy: [PRIMARY_KEY_ASC]
  ) { edges { cursor node { id: rowId } } }
}"""


def convert_answer(query: str, answer: Any) -> Any:
    """Convert an answer to our schema's shape: only the requested metrics, with their values as objects."""
    if isinstance(answer, list):
        return [convert_answer(query, item) for item in cast(list[Any], answer)]
    if not isinstance(answer, dict):
        return answer
    fields = {key: convert_answer(query, value) for key, value in cast(dict[str, Any], answer).items()}
    if "metrics" in fields:
        metrics = [_metric(**metric) for metric in fields["metrics"]["nodes"]]
        wanted = [metric for metric in metrics if query != "small" or metric["definition"]["key"] in KEYS]
        fields["metrics"] = wanted
    return fields


def _metric(state: str, definition: Any, **value: Any) -> Any:
    return {"state": state, "definition": definition, "value": value if value["unit"] else None}
