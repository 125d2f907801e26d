"""graphql-core's executor, for what doesn't compile whole: a value that is compiled already is passed through."""

from dataclasses import dataclass
from typing import Any

from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental


@dataclass(frozen=True)
class Compiled:
    """A field's value as JSON, complete with everything selected beneath it."""

    value: Any


class Executor(ExecutorThrowingOnIncremental):
    """Completes every value but a `Compiled` one, whose selection has been answered by the database."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        if isinstance(result, Compiled):
            return result.value
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)
