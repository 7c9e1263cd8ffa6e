"""Each language: hello, input, streaming, mistakes told with the author's own line, memory."""

from __future__ import annotations

import pytest

from server.runner.base import Limits
from server.runner.languages import RECIPES
from server.runner.sandbox import Sandbox
from tests.runner.programs import MAIN, execute, job, until_printed

pytestmark = pytest.mark.asyncio(loop_scope="session")

LANGUAGES = sorted(MAIN)

ECHO = {
    "python": "print('ready')\nprint('got ' + input())\n",
    "javascript": (
        "console.log('ready');\n"
        "process.stdin.on('data', d => { console.log('got ' + d); process.exit() });\n"
    ),
    "java": (
        "import java.util.Scanner;\n"
        "public class Main { public static void main(String[] a) {\n"
        '  System.out.println("ready");\n'
        '  System.out.println("got " + new Scanner(System.in).nextLine()); } }\n'
    ),
}
THROW = {
    "python": ("\n\n1 / 0\n", 'main.py", line 3', "ZeroDivisionError"),
    "javascript": ("\n\nnull.x\n", "main.js:3", "TypeError"),
    "java": (
        "public class Main { public static void main(String[] a) {\n\n"
        '  throw new IllegalStateException("mine"); } }\n',
        "Main.java:3",
        "IllegalStateException",
    ),
}
NO_SYNTAX = {
    "python": ("x = = 1\n", 'main.py", line 1'),
    "javascript": ("let = = 1\n", "main.js:1"),
    "java": ("public class Main { int x = = 1; }\n", "Main.java:1"),
}
EXIT = {
    "python": "import sys; sys.exit(3)",
    "javascript": "process.exit(3)",
    "java": "public class Main { public static void main(String[] a) { System.exit(3); } }",
}
HOG = {
    "python": "hog = []\nwhile True: hog.append('x' * 1_000_000)\n",
    "javascript": "const hog = [];\nwhile (true) hog.push(new Array(1e5).fill({}));\n",
    "java": (
        "import java.util.*;\n"
        "public class Main { public static void main(String[] a) {\n"
        "  List<int[]> hog = new ArrayList<>(); while (true) hog.add(new int[100000]); } }\n"
    ),
}
OFF_HEAP = {
    "python": (
        "import mmap\n"
        "hog = mmap.mmap(-1, 2**31, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)\n"
        "for at in range(0, len(hog), 4096): hog[at] = 1\n"
    ),
    "javascript": "const hog = [];\nwhile (true) hog.push(Buffer.alloc(1e6, 1));\n",
}


async def test_every_language_of_the_problems_is_found(sandbox: Sandbox) -> None:
    found = {each.id: each.path for each in sandbox.languages()}
    assert MAIN.items() <= found.items()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_hello(sandbox: Sandbox, language: str) -> None:
    recipe = next(each for each in RECIPES if each.language.id == language)
    run = await execute(sandbox, recipe.hello, language)
    assert (run.stdout, run.stderr, run.verdict) == ("hello\n", "", "ok")
    assert run.finished.wall_ms
    assert run.finished.cpu_ms


@pytest.mark.parametrize("language", LANGUAGES)
async def test_output_streams_and_input_is_read(sandbox: Sandbox, language: str) -> None:
    run = sandbox.start(job(ECHO[language], language, live=True))
    events = run.events()
    await until_printed(events, "ready\n")
    assert run.write_stdin("Grüße\n")
    await until_printed(events, "got Grüße")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_uncaught_exception_names_the_line(sandbox: Sandbox, language: str) -> None:
    text, line, error = THROW[language]
    run = await execute(sandbox, text, language)
    assert run.verdict == "error"
    assert line in run.stderr
    assert error in run.stderr


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_syntax_error_names_the_line(sandbox: Sandbox, language: str) -> None:
    text, line = NO_SYNTAX[language]
    run = await execute(sandbox, text, language)
    assert run.verdict == "error"
    assert line in run.stderr


@pytest.mark.parametrize("language", LANGUAGES)
async def test_exit_codes_are_the_programs_own(sandbox: Sandbox, language: str) -> None:
    run = await execute(sandbox, EXIT[language], language)
    assert (run.verdict, run.finished.exit_code) == ("error", 3)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_eating_memory_is_told_as_such(sandbox: Sandbox, language: str) -> None:
    limits = Limits(memory_bytes=128 * 2**20, cpu_seconds=30, wall_seconds=60)
    run = await execute(sandbox, HOG[language], language, limits=limits)
    assert run.verdict == "memory", run


@pytest.mark.parametrize("language", sorted(OFF_HEAP))
async def test_memory_that_no_language_limit_sees_counts(sandbox: Sandbox, language: str) -> None:
    limits = Limits(memory_bytes=128 * 2**20, cpu_seconds=30, wall_seconds=60)
    run = await execute(sandbox, OFF_HEAP[language], language, limits=limits)
    assert run.verdict == "memory", run


async def test_other_files_of_the_room_can_be_imported(sandbox: Sandbox) -> None:
    from server.runner.base import Job
    from tests.runner.programs import result

    files = {"main.py": "from tools.words import WORD; print(WORD)", "tools/words.py": "WORD = 1"}
    assert (await result(sandbox.start(Job("python", files, "main.py")))).stdout == "1\n"


async def test_a_program_may_write_beside_its_files(sandbox: Sandbox) -> None:
    text = (
        "open('own', 'w').write('x'); open('/tmp/own', 'w').write('y'); print(open('own').read())"
    )
    assert (await execute(sandbox, text)).stdout == "x\n"
