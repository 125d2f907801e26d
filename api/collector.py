"""Python's garbage collector in a long-running process."""

import gc
from typing import Final

# The number of new objects that starts a collection; Python's default is 700.
GARBAGE: Final = 50_000


def freeze_gc() -> None:
    """Exempts all present objects from garbage collection, and makes later collections rarer.

    The schema, the models and the libraries are 150,000 objects that live until the end, and neither an answer nor a
    recompute leaves cycles behind. Scanning them again and again took more than a third of the time of an answer, and
    a quarter of that of a recompute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
