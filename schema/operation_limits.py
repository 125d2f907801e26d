"""The settings that limit the size of operations."""

from pydantic import BaseModel, Field


class Limits(BaseModel):
    """The limits on the size of an operation. Both databases can run every operation within the defaults."""

    max_characters: int = Field(default=100_000, ge=1, description="Maximum number of characters in a document.")
    max_tokens: int = Field(
        default=4000, ge=1, description="Maximum number of tokens in a document, including comments."
    )
    # The upper bounds of depth and items keep a statement within SQLite's 1,000 levels of an expression. With 660 items
    # it failed.
    max_depth: int = Field(
        default=16, ge=1, le=16, description="Maximum depth of nested fields; fragments do not add to it."
    )
    max_input_depth: int = Field(
        default=12, ge=1, le=12, description="Maximum depth of nested lists and inputs in an argument."
    )
    max_items: int = Field(
        default=500,
        ge=1,
        le=500,
        description="Maximum number of list items and input fields in all arguments; a page's arguments count once for"
        " each selected field of the page.",
    )
    max_fields: int = Field(
        default=1000,
        ge=1,
        description="Maximum number of fields in an operation, after fragments and interfaces are expanded.",
    )
    max_root_fields: int = Field(default=50, ge=1, description="Maximum number of root fields in an operation.")
    max_aliases: int = Field(default=200, ge=0, description="Maximum number of aliases in a document.")
    max_directives: int = Field(default=200, ge=0, description="Maximum number of directives in a document.")
    max_fragments: int = Field(default=100, ge=0, description="Maximum number of named fragments in a document.")
    max_cost: int = Field(
        default=500_000,
        ge=1,
        description="Maximum cost of an operation: the number of values in its answer if all pages are full.",
    )

    @property
    def max_nesting(self) -> int:
        """How deep brackets may nest: a fragment around every field, and arguments within the deepest one."""
        return 2 * self.max_depth + self.max_input_depth + 1
