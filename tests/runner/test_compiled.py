"""Languages that are compiled first, and those that run only where the machine has them."""

from __future__ import annotations

import pytest

from server.runner.base import Finished, Job, Limits, Output, Stage, Started
from server.runner.languages import RECIPES
from server.runner.live import Compiling
from server.runner.sandbox import Sandbox
from tests.runner.programs import Result, result

pytestmark = pytest.mark.asyncio(loop_scope="session")

FURTHER = ("typescript", "c", "cpp", "go", "rust", "ruby", "bash", "sql")
"""Beside the judged ones."""

RECIPE = {recipe.language.id: recipe for recipe in RECIPES}


async def execute(
    sandbox: Sandbox, language: str, text: str, limits: Limits | None = None
) -> Result:
    path = RECIPE[language].language.path
    return await result(sandbox.start(Job(language, {path: text}, path, limits=limits)))


async def test_every_language_is_offered_in_one_order(sandbox: Sandbox) -> None:
    assert [language.id for language in sandbox.languages()] == list(RECIPE)


@pytest.mark.parametrize("language", FURTHER)
async def test_hello(sandbox: Sandbox, language: str) -> None:
    run = await execute(sandbox, language, RECIPE[language].hello)
    assert (run.stdout, run.stderr, run.verdict) == ("hello\n", "", "ok")


async def test_stages_are_told_and_only_the_program_counts(sandbox: Sandbox) -> None:
    program = '#include <unistd.h>\nint main(void) { write(1, "a", 1); write(2, "b", 1); }\n'
    run = await execute(sandbox, "c", program)
    told = [type(e).__name__ if isinstance(e, Started | Finished) else e for e in run.events]
    assert told[:3] == ["Started", Stage("compile"), Stage("run")]
    assert set(told[3:-1]) == {Output("stdout", "a"), Output("stderr", "b")}


async def test_a_mistake_is_the_compilers_and_nothing_runs(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "cpp", "int main() { return missing; }\n")
    assert (run.verdict, run.finished.exit_code) == ("error", 1)
    assert "main.cpp:1:" in run.stderr
    assert Stage("run") not in run.events


async def test_warnings_are_shown_and_the_program_runs(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "c", "int main(void) { int unused; return 3; }\n")
    assert (run.verdict, run.finished.exit_code) == ("error", 3)
    assert "unused" in run.stderr


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("int main(void) { for (;;); }\n", "timeout"),
        ("#include <stdlib.h>\nint main(void) { abort(); }\n", "error"),
        (
            "#include <sys/mman.h>\n#include <string.h>\nint main(void) {\n"
            "  char *hog = mmap(0, 1ul << 31, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
            "  memset(hog, 1, 1ul << 31); }\n",
            "memory",
        ),
    ],
)
async def test_limits_hold_for_what_was_compiled(sandbox: Sandbox, text: str, verdict: str) -> None:
    limits = Limits(cpu_seconds=1, wall_seconds=5, memory_bytes=64 * 2**20)
    assert (await execute(sandbox, "c", text, limits)).verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        '#include "/dev/zero"\nint main(void) {}\n',
        '#include "/etc/passwd"\nint main(void) {}\n',
        "char big[1ul << 34] = {1};\nint main(void) {}\n",  # a program of 16 GiB
        "#define A(x) B(x) B(x) B(x) B(x)\n#define B(x) C(x) C(x) C(x) C(x)\n"
        "#define C(x) D(x) D(x) D(x) D(x)\n#define D(x) E(x) E(x) E(x) E(x)\n"
        "#define E(x) F(x) F(x) F(x) F(x)\n#define F(x) G(x) G(x) G(x) G(x)\n"
        "#define G(x) H(x) H(x) H(x) H(x)\n#define H(x) x x x x x x x x x\n"
        'int main(void) { A(A(A("aaaaaaaaaaaaaaaa"))); }\n',
    ],
    ids=["endless", "host file", "huge", "macros"],
)
async def test_a_compiler_cannot_be_made_to_hurt(sandbox: Sandbox, text: str) -> None:
    run = await execute(sandbox, "c", text)
    assert run.verdict in ("error", "memory", "timeout", "output")
    assert Stage("run") not in run.events
    assert "root:" not in run.stderr


async def test_what_a_program_prints_is_no_mark(sandbox: Sandbox) -> None:
    """A compiler prints what the source makes it print, and cannot know the mark."""
    run = await execute(sandbox, "c", "#error " + "0" * 32 + "\nint main(void) {}\n")
    assert "0" * 32 in run.stderr
    assert Stage("run") not in run.events


TIMES = b"0m0.010s 0m0.000s\n1m1.250s 0m0.250s\n"
"""As the shell writes them: its own, and those of its children."""


@pytest.mark.parametrize("size", [1, 3, 31, 32, 33, 64, 1000])
async def test_the_end_of_a_compiler_is_found_wherever_it_is_cut(size: int) -> None:
    compiling = Compiling()
    mark = compiling.mark.encode()
    warnings = b"warning " + mark[:20] + b" more"
    text = warnings + mark + TIMES + mark + b"hello " + mark
    before, after = b"", b""
    done = False
    for at in range(0, len(text), size):
        piece = text[at : at + size]
        if done:
            after += piece
            continue
        of_compiler, of_program, done = compiling.feed(piece)
        before += of_compiler
        after += of_program
    assert (before, after) == (warnings, b"hello " + mark)
    assert compiling.cpu_seconds == 61.5


@pytest.mark.parametrize("size", [1, 40, 1000])
async def test_a_mark_alone_is_no_end_and_nothing_of_it_is_lost(size: int) -> None:
    compiling = Compiling()
    mark = compiling.mark.encode()
    text = b"error: " + mark + b" and " + b"x" * 300 + mark[:7]
    seen = b""
    for at in range(0, len(text), size):
        of_compiler, of_program, done = compiling.feed(text[at : at + size])
        seen += of_compiler
        assert (of_program, done) == (b"", False)
    assert seen + compiling.rest() == text


HEAVY = "#include <regex>\nint main() { return std::regex_match(%s, std::regex(%s)); }\n"
"""Takes a compiler a second and more, and the program nothing."""


async def test_a_compiler_may_take_longer_than_a_program(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "cpp", HEAVY % ('"a"', '"b"'), Limits(cpu_seconds=0.25))
    assert (run.verdict, run.stderr) == ("ok", "")


async def test_a_mistake_found_late_is_no_timeout(sandbox: Sandbox) -> None:
    text = HEAVY % ('"a"', '"b"') + "static_assert(sizeof(std::regex) == 1);\n"
    run = await execute(sandbox, "cpp", text, Limits(cpu_seconds=0.1))
    assert (run.verdict, run.finished.exit_code) == ("error", 1)
    assert "static assertion failed" in run.stderr


async def test_the_time_of_a_compiler_is_not_the_programs(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "cpp", HEAVY % ('"a"', '"b"'))
    compiled = await execute(sandbox, "cpp", HEAVY % ('"a"', "missing"))
    assert run.finished.cpu_ms is not None
    assert compiled.finished.cpu_ms is not None
    assert run.finished.cpu_ms < compiled.finished.cpu_ms / 4


async def test_limits_of_a_program_are_set_after_its_compiler(sandbox: Sandbox) -> None:
    text = (
        "#include <stdio.h>\n#include <sys/resource.h>\nint main(void) { struct rlimit cpu;\n"
        '  getrlimit(RLIMIT_CPU, &cpu); printf("%d %d", (int)cpu.rlim_cur, (int)cpu.rlim_max); }\n'
    )
    assert (await execute(sandbox, "c", text, Limits(cpu_seconds=2))).stdout == "3 4"


async def test_what_is_typed_is_for_the_program(sandbox: Sandbox) -> None:
    text = "#include <stdio.h>\nint main(void) { putchar(getchar()); }\n"
    run = await result(sandbox.start(Job("c", {"main.c": text}, "main.c", stdin="x")))
    assert (run.stdout, run.verdict) == ("x", "ok")


async def test_sql_prints_tables_and_stops_at_a_mistake(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "sql", "SELECT 1 AS one;\nSELECT missing FROM one;\nSELECT 2;\n")
    assert "│ one │" in run.stdout
    assert "2" not in run.stdout
    assert "no such table: one" in run.stderr
    assert run.verdict == "error"


async def test_other_files_of_the_room_are_compiled_with_it(sandbox: Sandbox) -> None:
    files = {
        "main.c": '#include "word.h"\n#include <stdio.h>\nint main(void) { puts(WORD); }\n',
        "word.h": '#define WORD "shared"\n',
    }
    run = await result(sandbox.start(Job("c", files, "main.c")))
    assert run.stdout == "shared\n"
