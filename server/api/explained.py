"""What is wrong with a body, in words for people."""

from __future__ import annotations

import re
from typing import Any, Final, get_args

import msgspec

from server.errors import InvalidBody

KINDS: Final = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
NOUNS: Final = {"str": ("character", "characters"), "array": ("entry", "entries")}


def explained(said: str, given: Any, kind: type[msgspec.Struct]) -> InvalidBody:
    """What msgspec said of `given` as a `kind`, in words for people and with the field by name
    and place, such as `tests[2].args`."""
    what, _, where = said.rpartition(" - at `$")
    if not re.fullmatch(r"[\w.\[\]]*`", where):  # none, or part of a name that somebody made up
        what, where = said, ""
    field = _placed(where.rstrip("`").removeprefix("."), said, given, kind)
    if found := re.match(r"Object missing required field `(\w+)`", what):
        field = f"{field}.{found[1]}".lstrip(".")
        return InvalidBody(f"{field} is missing.", field=field)
    if found := re.match(r"Object contains unknown field `(.*?)`", what):
        field = f"{field}.{found[1]}".lstrip(".")
        return InvalidBody(f"{field} is not a field that is known here.", field=field)
    if not field:
        return InvalidBody("The body must be a JSON object.")
    if what.startswith("Invalid enum value"):
        return InvalidBody(f"{field} must be one of {_choices(kind, field)}.", field=field)
    if found := re.match(r"Expected `(str|array)` of length (<=|>=) (\d+)", what):
        bound = "at most" if found[2] == "<=" else "at least"
        one, many = NOUNS[found[1]]
        noun = one if found[3] == "1" else many
        return InvalidBody(f"{field} must have {bound} {found[3]} {noun}.", field=field)
    if found := re.match(r"Expected `int` (<=|>=) (\d+)", what):
        bound = "at most" if found[1] == "<=" else "at least"
        return InvalidBody(f"{field} must be {bound} {found[2]}.", field=field)
    if found := re.match(r"Expected `(\w+)[^`]*`, got `(\w+)`", what):
        wanted, got = (KINDS.get(name, name) for name in found.groups())
        return InvalidBody(f"{field} must be {wanted}, not {got}.", field=field)
    return InvalidBody(f"{field} is not valid.", field=field)


def _choices(kind: type[msgspec.Struct], field: str) -> str:
    """The values a Literal field may have; only fields of the body itself have choices."""
    declared = next(row.type for row in msgspec.structs.fields(kind) if row.encode_name == field)
    plain = [each for each in get_args(declared) if isinstance(each, str)]
    nested = [each for part in get_args(declared) for each in get_args(part)]
    return ", ".join(plain or nested)


def _placed(field: str, said: str, given: Any, kind: type[msgspec.Struct]) -> str:
    """The field with a number for each `[...]`, as msgspec does not tell which entry of a list
    is wrong: the last of the shortest beginning of the list of which it says the same.

    A path that leads nowhere, from the name of a field that somebody made up, stays as it is."""
    while "[...]" in field:
        path, _, rest = field.partition("[...]")
        entries = given
        try:
            for name, number in re.findall(r"(\w+)|\[(\d+)\]", path):
                entries = entries[name] if name else entries[int(number)]
        except (LookupError, TypeError):
            return field
        if not isinstance(entries, list):
            return field
        whole, low, high = list(entries), 0, len(entries) - 1
        while low < high:
            middle = (low + high) // 2
            entries[:] = whole[: middle + 1]
            low, high = (low, middle) if _says(given, kind) == said else (middle + 1, high)
        entries[:] = whole
        field = f"{path}[{low}]{rest}"
    return field


def _says(given: Any, kind: type[msgspec.Struct]) -> str | None:
    try:
        msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return None
