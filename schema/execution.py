"""graphql-core's executor, for operations that do not compile whole."""

from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

from schema.plans import Execution


@dataclass(frozen=True)
class Compiled:
    """The complete value of a field and its selection, ready for the response."""

    value: Any


class Executor(ExecutorThrowingOnIncremental):
    """Completes all values except `Compiled` ones, which are complete already."""

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


async def execute(schema: GraphQLSchema, execution: Execution, context: object) -> ExecutionResult:
    """The result of the operation, field by field; the errors of its fields are in the result."""
    document = execution.document
    type_resolver: Any = default_type_resolver
    # graphql-core's `execute` would coerce the variables and select the operation again.
    executor = Executor(
        schema,
        document.fragments,
        {name: FragmentDetails(fragment) for name, fragment in document.fragments.items()},
        None,
        context,
        document.operation,
        execution.variables,
        default_field_resolver,
        type_resolver,
        default_field_resolver,
    )
    result: Any = executor.execute_operation()
    return await result if hasattr(result, "__await__") else result
