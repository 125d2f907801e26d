"""Lines of a TOML file are found by the path of their keys."""

import pytest

from seed.locate import Path, line_of

TOML = """\
title = "Two fruits"

[[fruits]]
name = "apple"
[[fruits.sorts]]
name = "Boskoop"

[[fruits]]
name = "pear"
[[fruits.sorts]]
names = [
    "Conference",
    "Williams",
]
[colours]
red = { hex = "f00" }
"""


@pytest.mark.parametrize(
    ("path", "got", "line"),
    [
        (("title",), None, 1),
        (("fruits", 0), None, 3),
        (("fruits", 0, "sorts", 0, "name"), "Boskoop", 6),
        (("fruits", 1, "name"), "pear", 9),
        (("fruits", 1, "sorts", 0), None, 10),
        (("fruits", 1, "sorts", 0, "names", 1), "Williams", 13),
        (("fruits", 1, "sorts", 0, "names", 1), "elsewhere", 11),
        # The text also occurs later, but a value ends at the next key or table.
        (("fruits", 1, "sorts", 0, "names"), "f00", 11),
        (("fruits", 1, "weight"), None, 8),
        (("colours", "red", "hex"), "f00", 16),
        (("fruits",), None, 3),
        (("nothing",), None, 1),
    ],
)
def test_the_line_is_that_of_the_key_or_of_the_nearest_table(path: Path, got: str | None, line: int) -> None:
    assert line_of(TOML, path, got) == line
