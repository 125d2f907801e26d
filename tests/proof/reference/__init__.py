"""The naive reference: rows in memory, a plain resolver for each field, graphql-core's executor, and no SQL."""

from tests.proof.reference.executor import Reference as Reference
from tests.proof.reference.executor import Refused as Refused
