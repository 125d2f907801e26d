"""Fixtures of the scenarios, taken from the workers' tests."""

from tests.workers.conftest import plain_logs, rows

__all__ = ["plain_logs", "rows"]
