"""Python's garbage collector, in a process that serves or works for long."""

import gc
from typing import Final

# Objects that are made, and not freed again, before the collector looks at them: 700 without this.
GARBAGE: Final = 50_000


def freeze_gc() -> None:
    """What is there now is never looked at by the garbage collector again, and what comes later less often.

    The schema, the models and the libraries are 150,000 objects that stay until the end, and neither an answer nor a
    recompute leaves cycles behind: looking through them all again and again took more than a third of the time of an
    answer, and a quarter of that of a recompute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
