"""The fixture of the scenarios, taken from the workers' tests."""

from tests.workers.conftest import rows

__all__ = ["rows"]
