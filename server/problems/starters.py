"""Starters from a signature and the visible tests: an empty function, and a main part that
prints one line a test, in the form that those of `problems.yaml` have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from server.problems import nodes
from server.problems.model import Signature, Test
from server.problems.values import Language, ValueType, written

TYPES: Final[Mapping[Language, Mapping[str, str]]] = {
    "python": {
        "integer": "int",
        "number": "float",
        "string": "str",
        "character": "str",
        "boolean": "bool",
    },
    "javascript": {
        "integer": "number",
        "number": "number",
        "string": "string",
        "character": "string",
        "boolean": "boolean",
    },
    "java": {
        "integer": "int",
        "number": "double",
        "string": "String",
        "character": "char",
        "boolean": "boolean",
    },
}
EMPTY: Final = {"integer": "0", "number": "0.0", "string": '""', "character": "' '"}
"""What an untouched Java function returns; it must return something."""

ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth"),
)


class Call(NamedTuple):
    """One test: the arguments as source text, and for a change in place which of them is
    changed, put into a variable called `variable`."""

    arguments: list[str]
    changed: int | None
    variable: str

    @property
    def passed(self) -> str:
        """What stands between the call's brackets."""
        shown = list(self.arguments)
        if self.changed is not None:
            shown[self.changed] = self.variable
        return ", ".join(shown)


def made_starter(signature: Signature, tests: list[Test], language: Language) -> str:
    """The starter's text. Expects a signature and tests that have been checked."""
    kinds = [ValueType.parse(parameter.type) for parameter in signature.parameters]
    names = [parameter.name for parameter in signature.parameters]
    function: str = getattr(signature.name, language)
    changed = None if signature.result.in_place is None else names.index(signature.result.in_place)
    calls = [
        Call(
            [literal(arg, kind, language) for arg, kind in zip(test.args, kinds, strict=True)],
            changed,
            _variable(number, function),
        )
        for number, test in enumerate(tests)
    ]
    return _MAKERS[language](signature, kinds, calls)


def _variable(number: int, function: str) -> str:
    """A name for a test's changed argument, never the function's own."""
    name = ORDINALS[number] if number < len(ORDINALS) else f"case{number + 1}"
    return f"{name}Value" if name == function else name


def _hint(signature: Signature) -> str:
    """The comment in the empty function."""
    changed = signature.result.in_place
    return "Write your solution here" + (f": change {changed} itself" if changed else "")


def _python(signature: Signature, kinds: list[ValueType], calls: list[Call]) -> str:
    def hinted(kind: ValueType) -> str:
        scalar = TYPES["python"][kind.scalar]
        if kind.nodes:
            scalar = f'"{nodes.CLASSES[kind.nodes]} | None"'
        return "list[" * kind.depth + scalar + "]" * kind.depth

    name, result = signature.name.python, signature.result
    parameters = ", ".join(
        f"{parameter.name}: {hinted(kind)}"
        for parameter, kind in zip(signature.parameters, kinds, strict=True)
    )
    gives = ValueType.parse(result.type)
    returns = "None" if result.in_place else hinted(gives)
    blocks = []
    for call in calls:
        if call.changed is None:
            shown = nodes.read(f"{name}({call.passed})", gives, "python")
            blocks.append(f"    print({shown})\n")
        else:
            blocks.append(
                f"    {call.variable} = {call.arguments[call.changed]}\n"
                f"    {name}({call.passed})\n"
                f"    print({nodes.read(call.variable, gives, 'python')})\n"
            )
    return (
        nodes.classes([*kinds, gives], "python", TYPES["python"])
        + f"def {name}({parameters}) -> {returns}:\n"
        f"    # {_hint(signature)}\n"
        "    pass\n\n\n"
        + nodes.helpers([*kinds, gives], "python", TYPES["python"])
        + 'if __name__ == "__main__":\n'
        + _joined(signature, blocks)
    )


def _javascript(signature: Signature, kinds: list[ValueType], calls: list[Call]) -> str:
    def documented(kind: ValueType) -> str:
        scalar = TYPES["javascript"][kind.scalar]
        if kind.nodes:
            scalar = f"{nodes.CLASSES[kind.nodes]} | null"
            scalar = f"({scalar})" if kind.depth else scalar
        return scalar + "[]" * kind.depth

    name, result = signature.name.javascript, signature.result
    lines = []
    for parameter, kind in zip(signature.parameters, kinds, strict=True):
        note = " changed in place" if parameter.name == result.in_place else ""
        lines.append(f" * @param {{{documented(kind)}}} {parameter.name}{note}\n")
    gives = ValueType.parse(result.type)
    returns = "void" if result.in_place else documented(gives)
    blocks = []
    for call in calls:
        if call.changed is None:
            shown = nodes.read(f"{name}({call.passed})", gives, "javascript")
            blocks.append(f"console.log({shown});\n")
        else:
            blocks.append(
                f"const {call.variable} = {call.arguments[call.changed]};\n"
                f"{name}({call.passed});\n"
                f"console.log({nodes.read(call.variable, gives, 'javascript')});\n"
            )
    parameters = ", ".join(parameter.name for parameter in signature.parameters)
    return (
        nodes.classes([*kinds, gives], "javascript", TYPES["javascript"])
        + "/**\n"
        + "".join(lines)
        + f" * @returns {{{returns}}}\n */\n"
        f"function {name}({parameters}) {{\n"
        f"  // {_hint(signature)}\n"
        "}\n\n"
        + nodes.helpers([*kinds, gives], "javascript", TYPES["javascript"])
        + _joined(signature, blocks)
    )


def _java(signature: Signature, kinds: list[ValueType], calls: list[Call]) -> str:
    name, result = signature.name.java, signature.result
    kind = ValueType.parse(result.type)
    parameters = ", ".join(
        f"{_java_type(each)} {parameter.name}"
        for parameter, each in zip(signature.parameters, kinds, strict=True)
    )
    shows = {0: "{}", 1: "Arrays.toString({})"}.get(kind.depth, "Arrays.deepToString({})")
    blocks = []
    for call in calls:
        shown = call.variable if call.changed is not None else f"{name}({call.passed})"
        shown = nodes.read(shown, kind, "java")
        block = f"        System.out.println({shows.format(shown)});\n"
        if call.changed is not None:
            declared = f"{_java_type(kind)} {call.variable} = {call.arguments[call.changed]};"
            block = f"        {declared}\n        {name}({call.passed});\n{block}"
        blocks.append(block)
    body = f"        // {_hint(signature)}\n"
    if not result.in_place:
        body += f"        return {_java_empty(kind)};\n"
    return (
        "import java.util.*;\n\n"
        "public class Main {\n"
        + nodes.classes([*kinds, kind], "java", TYPES["java"])
        + f"    static {'void' if result.in_place else _java_type(kind)} {name}({parameters}) {{\n"
        f"{body}"
        "    }\n\n"
        + nodes.helpers([*kinds, kind], "java", TYPES["java"])
        + "    public static void main(String[] args) {\n"
        + _joined(signature, blocks)
        + "    }\n}\n"
    )


def _java_type(kind: ValueType) -> str:
    name = nodes.CLASSES[kind.nodes] if kind.nodes else TYPES["java"][kind.scalar]
    return name + "[]" * kind.depth


def _java_empty(kind: ValueType) -> str:
    if kind.depth:
        return f"new {_java_type(kind.element)[: -2 * (kind.depth - 1) or None]}[0]" + "[]" * (
            kind.depth - 1
        )
    if kind.nodes:
        return "null"
    return EMPTY.get(kind.scalar, "false")


def _joined(signature: Signature, blocks: list[str]) -> str:
    """Lines of a test each, or blocks of several with an empty line between."""
    return ("\n" if signature.result.in_place else "").join(blocks)


_Maker = Callable[[Signature, list[ValueType], list[Call]], str]
_MAKERS: Final[Mapping[Language, _Maker]] = {
    "python": _python,
    "javascript": _javascript,
    "java": _java,
}


def literal(value: Any, kind: ValueType, language: Language) -> str:
    """The value as source text."""
    if kind.depth:
        inner = ", ".join(literal(entry, kind.element, language) for entry in value)
        if language == "java":
            return f"new {_java_type(kind)}{{{inner}}}"
        return f"[{inner}]"
    if kind.nodes:
        scalar = ValueType(kind.scalar, 0)
        inner = ", ".join(
            written(None, scalar, language) if entry is None else literal(entry, scalar, language)
            for entry in value
        )
        return nodes.made(inner if language == "java" else f"[{inner}]", kind, language)
    if isinstance(value, str):
        quote = "'" if language == "java" and kind.scalar == "character" else '"'
        escaped = "".join(_escaped(character, quote, language) for character in value)
        return f"{quote}{escaped}{quote}"
    return written(value, kind, language)


_SHORT: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escaped(character: str, quote: str, language: Language) -> str:
    """One character within a literal; what cannot be seen is written as a number."""
    if character == quote:
        return f"\\{quote}"
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    if language == "python" and character > "\uffff":
        return f"\\U{ord(character):08x}"
    units = character.encode("utf-16-be", errors="surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
