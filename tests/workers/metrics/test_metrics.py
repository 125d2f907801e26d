"""The catalogue of metrics as a whole."""

import pytest

from db.staleness.rules import MARKED_BY
from db.values.results import LARGEST_COUNT, Slice
from workers.metrics.catalogue import CATALOGUE


def test_keys_are_unique() -> None:
    assert len({metric.key for metric in CATALOGUE}) == len(CATALOGUE)


def test_every_dependency_of_a_metric_leaves_marks() -> None:
    for metric in CATALOGUE:
        for input in metric.depends_on:
            assert input.partition(":")[0] in MARKED_BY, (metric.key, input)


def test_count_that_no_column_holds_is_refused() -> None:
    with pytest.raises(OverflowError, match="expected a count of at most 9223372036854775807, got 9223372036854775808"):
        Slice("UNKNOWN", "Unknown", LARGEST_COUNT + 1, None)
