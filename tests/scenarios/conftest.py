"""Fixtures of the scenarios: those of the workers floor."""

from tests.workers.conftest import plain_logs, rows

__all__ = ["plain_logs", "rows"]
