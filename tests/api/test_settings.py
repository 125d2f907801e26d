"""Settings from the environment, and the bounds of the limits."""

import pytest
from pydantic import ValidationError

from api.settings import Settings
from schema.operation_limits import Limits


def test_settings_are_the_default_limits_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings().model_dump(include=set(Limits.model_fields)) == Limits().model_dump()
    monkeypatch.setenv("CONVENE_MAX_DEPTH", "9")
    monkeypatch.setenv("CONVENE_MAX_COST", "")
    assert (Settings().max_depth, Settings().max_cost) == (9, Limits().max_cost)


@pytest.mark.parametrize("name", Limits.model_fields)
def test_a_limit_below_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Limits.model_validate({name: -1})


@pytest.mark.parametrize("name", ["max_depth", "max_input_depth", "max_items"])
def test_a_limit_beyond_what_a_database_takes_is_refused(name: str) -> None:
    most = getattr(Limits(), name)
    with pytest.raises(ValidationError, match=f"less than or equal to {most}"):
        Limits.model_validate({name: most + 1})
