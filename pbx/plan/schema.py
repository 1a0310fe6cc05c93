"""JSON Schemas of the files that people write, from the very classes that read them."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, cast

from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from pbx.ivr.flow import Frame
from pbx.ivr.matching import Matches
from pbx.ivr.nodes import Node
from pbx.plan.comments import field_comments

Schema: TypeAlias = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
FLOW = "A flow: a conversation with a caller, as a graph of named nodes."


def schema_of(kind: Any, title: str) -> Schema:
    """What may be written in a file that is read as `kind`; descriptions are its docstrings and comments."""
    made = TypeAdapter(kind).json_schema(by_alias=True, schema_generator=_Described)
    made.pop("description", None)
    return {"$schema": DIALECT, "title": title, **_tidied(made)}


def flow_schema() -> Schema:
    """Of a flow: its nodes are checked one by one when it is read, and here too."""
    frame, node = schema_of(Frame, FLOW), schema_of(Annotated[Node, Field(discriminator="do")], "")
    frame["$defs"] = {**frame.get("$defs", {}), **node.pop("$defs")}
    frame["properties"]["nodes"]["additionalProperties"] = {"oneOf": node["oneOf"]}
    return frame


def _tidied(made: Any) -> Any:
    """Lengths that pydantic gives to a list or what stands for it are the list's own."""
    if isinstance(made, list):
        return [_tidied(one) for one in cast("list[Any]", made)]
    if not isinstance(made, dict):
        return made
    tidy: Schema = {key: _tidied(value) for key, value in cast("Schema", made).items()}
    for choice in tidy.get("anyOf", ()):
        if choice.get("type") == "array":
            for outer, inner in (("minLength", "minItems"), ("maxLength", "maxItems")):
                if outer in tidy:
                    choice[inner] = tidy.pop(outer)
    return tidy


class _Described(GenerateJsonSchema):
    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """A text that must match says what with."""
        made = super().function_after_schema(schema)
        check = schema["function"]["function"]
        if isinstance(check, Matches):
            made["pattern"] = f"^(?:{check.pattern.pattern})$"
            made["description"] = f"{check.expected[0].upper()}{check.expected[1:]}."
        return made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """All of ours let one thing stand for a list of it, or a text for a table."""
        made = super().function_before_schema(schema)
        alone = made["items"] if made.get("type") == "array" else {"type": "string"}
        return {"anyOf": [alone, made]}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _told(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return _told(super().dataclass_schema(schema), schema["cls"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Other keys than those that match are refused."""
        made = super().dict_schema(schema)
        for pattern, inner in made.pop("patternProperties", {}).items():
            made["additionalProperties"] = inner
            made["propertyNames"]["pattern"] = pattern
        return made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Shown where it is a value that one could write."""
        if isinstance(schema.get("default"), str | int | float):
            return super().default_schema(schema)
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """TOML has no null."""
        return self.generate_inner(schema["schema"])


def _told(made: JsonSchemaValue, kind: type[Any]) -> JsonSchemaValue:
    """With the comments as descriptions, without titles that only repeat names; `do` must be written."""
    comments = field_comments(kind)
    properties = cast("Mapping[str, dict[str, Any]]", made.get("properties", {}))
    for name, field in properties.items():
        field.pop("title", None)
        comment = comments.get(name) or comments.get(f"{name}_")
        if comment:
            field["description"] = f"{comment[0].upper()}{comment[1:]}"
        if name == "do":
            field.pop("default", None)
            made["required"] = ["do", *(key for key in made.get("required", ()) if key != "do")]
    made.pop("title", None)
    return made
