"""Functions to judge, by language: right, wrong, broken and hostile."""

from __future__ import annotations

from server.problems import LANGUAGES, Language
from tests.judging.judging import problem

SUM = problem({"a": "integer", "b": "integer"}, "integer", [([1, 2], 3), ([5, 5], 10), ([0, 0], 0)])
"""Two visible tests and a hidden one."""

Sources = dict[Language, str]


def body(lines: Sources) -> Sources:
    """Whole files of a `solve(a, b)` with that inside."""
    return {
        "python": f"def solve(a, b):\n    {lines['python']}\n",
        "javascript": f"function solve(a, b) {{\n  {lines['javascript']}\n}}\n",
        "java": f"public class Main {{\n  static int solve(int a, int b) {{\n{lines['java']}\n"
        "}\n}\n",
    }


RIGHT = body(dict.fromkeys(LANGUAGES, "return a + b;"))
PRINTS = body(
    {
        "python": 'print("looking at", a); return a + b',
        "javascript": 'console.log("looking at", a); return a + b;',
        "java": 'System.out.println("looking at " + a); return a + b;',
    }
)
THROWS = body(
    {
        "python": "return 10 // (a - 5) if a else undefined_name",
        "javascript": "return a === 5 ? null.length : a + b;",
        "java": "return a == 5 ? 1 / (a - 5) : a + b;",
    }
)
ENDS = body(
    {
        "python": "import os; os._exit(0)",
        "javascript": "process.exit(0);",
        "java": "System.exit(0); return 0;",
    }
)
NEVER_ENDS = body(
    {
        "python": "\n    while a == 5: pass\n    return a + b",
        "javascript": "while (a === 5); return a + b;",
        "java": "while (a == 5); return a + b;",
    }
)
RECURSES = body(
    {
        "python": "return a + b if a != 5 else solve(a, b) + 1",
        "javascript": "return a !== 5 ? a + b : solve(a, b) + 1;",
        "java": "return a != 5 ? a + b : solve(a, b) + 1;",
    }
)
FLOODS = body(
    {
        "python": "\n    while True: print('x' * 10000)",
        "javascript": "for (;;) console.log('x'.repeat(10000));",
        "java": 'while (true) System.out.println("x".repeat(10000));',
    }
)
HOARDS = body(
    {
        "python": "\n    kept = []\n    while True: kept.append('x' * 10**7 + str(len(kept)))",
        "javascript": "const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length));",
        "java": "var all = new java.util.ArrayList<int[]>(); for (;;) all.add(new int[1 << 20]);",
    }
)
# writes frames for every test by all means there are, then ends
FORGES: Sources = {
    "python": """import gc, os, sys
def solve(a, b):
    wire = next(each for each in gc.get_objects() if type(each).__name__ == "Wire")
    for index in range(3):
        wire.tell({"i": index, "v": "forged"})
        print(f'{wire.nonce}:{{"i": {index}, "v": "forged", "state": "passed"}}')
    os._exit(0)
""",
    "javascript": """const fs = require("fs");
function solve(a, b) {
  const nonce = fs.readdirSync(".").find((name) => name.startsWith("judge_")).slice(6, -3);
  for (let index = 0; index < 3; index += 1)
    fs.writeSync(1, `${nonce}:{"i": ${index}, "v": "forged", "state": "passed"}\\n`);
  process.reallyExit(0);
}
""",
    "java": """import java.io.*;
public class Main {
  static int solve(int a, int b) throws Exception {
    String file = new File(".").list((folder, name) -> name.startsWith("judge_"))[0];
    String nonce = file.substring(6, file.indexOf('.'));
    var out = new PrintStream(new FileOutputStream(FileDescriptor.out));
    for (int at = 0; at < 3; at++)
      out.println(nonce + ":{\\"i\\": " + at + ", \\"v\\": \\"forged\\"}");
    out.flush();
    Runtime.getRuntime().halt(0);
    return 0;
  }
}
""",
}

ECHO: Sources = {
    "python": "def solve(given): return given\n",
    "javascript": "module.exports = { solve: (given) => given };\n",
    "java": "class Main { static TYPE solve(TYPE given) { return given; } }\n",
}
NODES: Sources = {
    "python": (
        "class ListNode:\n    def __init__(self, val, next=None):\n"
        "        self.val, self.next = val, next\n"
    ),
    "javascript": "",
    "java": (
        "class ListNode { int val; ListNode next; ListNode(int val) { this.val = val; } }\n"
        "class TreeNode { int val; TreeNode left, right; TreeNode() {} }\n"
    ),
}
JAVA: dict[str, str] = {
    "integer": "int", "number": "double", "string": "String", "character": "char",
    "boolean": "boolean", "linked-list<integer>": "ListNode", "tree<integer>": "TreeNode",
}  # fmt: skip

ODD: dict[Language, dict[str, str]] = {
    "python": {
        "None": "None", "float('nan')": "nan", "float('-inf')": "-inf", "True": "true",
        "'1'": '"1"', "10**400": "1" + "0" * 400, "[1, None]": "[1, None]",
    },
    "javascript": {
        "undefined": "undefined", "null": "null", "NaN": "NaN", "-Infinity": "-Infinity",
        "'1'": '"1"', "1n": "1n", "true": "true", "[1, , 2]": "[1, undefined, 2]",
    },
    "java": {
        "null": "null", "0.0 / 0": "NaN", "true": "true", '"1"': '"1"', "List.of(1, 2L)": "[1, 2]",
    },
}  # fmt: skip
UNFIT: dict[Language, list[str]] = {
    "python": ["object()", "{1}", "{'a': 1}", "solve", "10**5000", "loop", "[0] * 200000"],
    "javascript": ["({a: 1})", "new Map()", "solve", "loop", "new Array(2e5).fill(0)", "Symbol()"],
    "java": ["new Object()", "Map.of()", "loop", "new int[200000]"],
}


def returning(language: Language, values: list[str]) -> str:
    """A `solve(at)` that returns each of these expressions."""
    listed = ", ".join(values)
    if language == "python":
        return (
            f"def solve(at): return VALUES[at]\nloop = []\nloop.append(loop)\nVALUES = [{listed}]\n"
        )
    if language == "javascript":
        return (
            f"const loop = []; loop.push(loop);\nfunction solve(at) {{ return [{listed}][at]; }}\n"
        )
    return (
        "import java.util.*;\nclass Main {\n  static Object solve(int at) {\n"
        "    List<Object> loop = new ArrayList<>(); loop.add(loop);\n"
        f"    return new Object[]{{{listed}}}[at];\n  }}\n}}\n"
    )
