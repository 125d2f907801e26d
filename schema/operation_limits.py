"""How large an operation may be: the settings that the limits are taken from."""

from pydantic import BaseModel, Field


class Limits(BaseModel):
    """How large an operation may be: what the defaults admit runs on both databases."""

    max_characters: int = Field(default=100_000, ge=1, description="Characters of a document.")
    max_tokens: int = Field(default=4000, ge=1, description="Tokens of a document, comments among them.")
    # More than these, all at once, come near to SQLite's 1,000 levels of an expression: 660 items were too many.
    max_depth: int = Field(default=16, ge=1, le=16, description="Fields within fields; fragments don't count.")
    max_input_depth: int = Field(
        default=12, ge=1, le=12, description="Lists and inputs within each other in an argument."
    )
    max_items: int = Field(
        default=500,
        ge=1,
        le=500,
        description="List items and input fields in all arguments, a page's for each part of it.",
    )
    max_fields: int = Field(
        default=1000, ge=1, description="Fields of an operation, fragments and interfaces written out."
    )
    max_root_fields: int = Field(default=50, ge=1, description="Fields of an operation that are within no other.")
    max_aliases: int = Field(default=200, ge=0, description="Aliases in a document.")
    max_directives: int = Field(default=200, ge=0, description="Directives in a document.")
    max_fragments: int = Field(default=100, ge=0, description="Named fragments in a document.")
    max_cost: int = Field(default=500_000, ge=1, description="Values that an answer may hold where its pages are full.")

    @property
    def max_nesting(self) -> int:
        """How deep brackets may nest: a fragment around every field, and arguments within the deepest one."""
        return 2 * self.max_depth + self.max_input_depth + 1
