"""Names in the config: of a list, or of a user's choice."""

import dataclasses
import re
from typing import Annotated, Any, ClassVar, TypeAlias

import pydantic
from pydantic_core import core_schema

from coalflow.config.fields.section import plain_error, show
from coalflow.core.errors import suggest_nearest


@dataclasses.dataclass(frozen=True)
class OneOf:
    """An annotation of text that is one of some names."""

    names: tuple[str, ...]

    def check_choice(self, value: Any) -> str:
        """Return a value that is one of the names.

        Raises
        ------
        PydanticCustomError
            If it is none of them.
        """
        if value not in self.names or not isinstance(value, str):
            near = suggest_nearest(value, self.names)
            raise plain_error(
                f"is {show(value)}, but must be one of: {', '.join(self.names)}{near}"
            )
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check_choice)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.names)}


@dataclasses.dataclass(frozen=True)
class Spelling:
    """An annotation of names that are a user's choice.

    Attributes
    ----------
    first, others : str
        The characters that a name can begin with, and that it can have elsewhere, as in brackets
        of a regular expression.
    """

    first: str
    others: str
    longest: ClassVar[int] = 100  # names of files have 255 bytes at most, and are made of several

    def check_spelling(self, value: Any) -> str:
        """Return a name with these characters.

        Raises
        ------
        PydanticCustomError
            If it is not text, empty, too long, or has others.
        """
        if not isinstance(value, str):
            fix = "" if isinstance(value, (list, dict)) else ": put it in quotes"
            raise plain_error(f"is {show(value)}, but must be text{fix}")
        if not value:
            raise plain_error("is '': write a name")
        if not re.fullmatch(f"[{self.others}]*", value):
            allowed = _name_characters(self.others)
            if not value.isascii():
                allowed = allowed.replace("letters", "letters from A to Z")
            raise plain_error(f"is {show(value)}: use {allowed} only")
        if not re.match(f"[{self.first}]", value):
            raise plain_error(
                f"is {show(value)}: begin with {_name_characters(self.first, single=True)}"
            )
        if len(value) > self.longest:
            raise plain_error(
                f"is {show(value)}: it has {len(value)} characters, use {self.longest} or fewer"
            )
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check_spelling)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        pattern = f"^[{self.first}][{self.others}]*$"
        return {"type": "string", "pattern": pattern, "maxLength": self.longest}


def _name_characters(characters: str, single: bool = False) -> str:
    """Return in words what stands in brackets of a regular expression."""
    ranges = {"A-Za-z": ("letters", "a letter"), "0-9": ("digits", "a digit")}
    found = [words[single] for part, words in ranges.items() if part in characters]
    found += [f"'{character}'" for character in re.sub("A-Za-z|0-9", "", characters)]
    last = f" {'or' if single else 'and'} ".join(found[-2:])
    return ", ".join([*found[:-2], last])


#: Text that is a file name or a name of a user's choice.
Text: TypeAlias = Annotated[str, pydantic.Field(min_length=1)]
#: A name of a user's choice that becomes a folder or a file.
Name: TypeAlias = Annotated[str, Spelling("A-Za-z0-9", "A-Za-z0-9_.-")]
