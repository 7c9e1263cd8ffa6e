"""Programs and sources that were written to do harm, in more than one language."""

from __future__ import annotations

import pytest

from server.runner.base import Finished, Job, Limits, Stage
from server.runner.languages import RECIPES
from server.runner.sandbox import Sandbox
from tests.runner.programs import Result, execute, job, marked, processes_of, result

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECIPE = {recipe.language.id: recipe for recipe in RECIPES}
SMALL = Limits(wall_seconds=5, cpu_seconds=1, memory_bytes=64 * 2**20, processes=32)
ENDED = {"error", "memory", "timeout", "output"}


async def run_file(sandbox: Sandbox, language: str, text: str, limits: Limits = SMALL) -> Result:
    path = RECIPE[language].language.path
    return await result(sandbox.start(Job(language, {path: text}, path, limits=limits)))


@pytest.mark.parametrize("target", ["/etc/shadow", "/root", "../../../etc/shadow", "/proc/1/root"])
@pytest.mark.parametrize("link", ["symlink", "link"])
async def test_links_lead_nowhere(sandbox: Sandbox, target: str, link: str) -> None:
    text = (
        "import os\n"
        f"try: os.{link}({target!r}, 'way'); print(open('way/etc/shadow').read())\n"
        "except OSError: pass\n"
        "try: print(open('way').read())\n"
        "except OSError: pass\n"
    )
    run = await execute(sandbox, text)
    assert (run.stdout, run.verdict) == ("", "ok")


@pytest.mark.parametrize(
    "place", ["1/root", "1/cwd", "self/root", "self/cwd/..", "thread-self/root"]
)
async def test_no_way_out_leads_through_proc(sandbox: Sandbox, place: str) -> None:
    text = (
        "import os\n"
        f"for path in ('etc/shadow', 'root', 'home', 'var'):\n"
        f"    if os.path.exists(f'/proc/{place}/{{path}}'): print(path)\n"
        "for name in os.listdir('/proc/self/fd'):\n"
        "    where = os.readlink(f'/proc/self/fd/{name}') if int(name) < 3 else 'pipe'\n"
        "    if not where.startswith('pipe'): print(where)\n"
    )
    run = await execute(sandbox, text)
    assert (run.stdout, run.verdict) == ("", "ok"), run


async def test_no_descriptor_of_the_server_is_inherited(sandbox: Sandbox) -> None:
    text = (
        "import os\n"
        "for number in range(3, 256):\n"
        "    try: os.fstat(number); print(number, os.readlink(f'/proc/self/fd/{number}'))\n"
        "    except OSError: pass\n"
    )
    assert (await execute(sandbox, text)).stdout == ""


async def test_a_root_cannot_be_left_by_changing_it(sandbox: Sandbox) -> None:
    text = (
        "import os\n"
        "os.mkdir('below')\n"
        "try: os.chroot('below'); print('changed')\n"
        "except PermissionError: pass\n"
        "for _ in range(50): os.chdir('..')\n"
        "print(os.getcwd(), os.path.exists('root'))\n"
    )
    assert (await execute(sandbox, text)).stdout == "/ False\n"


async def test_a_fork_bomb_in_a_shell_ends_and_leaves_nothing(sandbox: Sandbox) -> None:
    mark = marked().removesuffix(".py") + ".sh"
    text = "bomb() { bomb | bomb & }\nbomb\nwhile :; do :; done\n"
    run = await result(sandbox.start(Job("bash", {mark: text}, mark, limits=SMALL)))
    assert run.verdict in ENDED
    assert not processes_of(mark)
    assert (await execute(sandbox, "print('next')")).stdout == "next\n"


async def test_threads_are_limited_like_processes(sandbox: Sandbox) -> None:
    text = (
        "import threading, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 1000:\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); made += 1\n"
        "except RuntimeError: print(made < 64)\n"
    )
    assert (await result(sandbox.start(job(text, limits=SMALL)))).stdout == "True\n"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "sql",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;",
        ),
        ("sql", "SELECT length(hex(zeroblob(900000000)));"),
        ("ruby", "a = ''; a << 'x' * (1 << 20) while true"),
        ("bash", "a=x; while :; do a=$a$a; done"),
        ("javascript", "const all = []; for (;;) all.push(new Array(1e6).fill(0));"),
        ("typescript", "const all: number[][] = []; for (;;) all.push(new Array(1e6).fill(0));"),
        ("cpp", "#include <vector>\nint main() { std::vector<char> v; for (;;) v.push_back(1); }"),
        ("rust", "fn main() { let mut v = vec![1u8]; loop { v.extend_from_within(..); } }"),
    ],
)
async def test_what_has_no_end_ends(sandbox: Sandbox, language: str, text: str) -> None:
    run = await run_file(sandbox, language, text)
    assert run.verdict in ENDED


@pytest.mark.parametrize(
    "text",
    [
        ".shell cat /etc/shadow",
        ".read /etc/shadow",
        "ATTACH '/etc/shadow' AS host; SELECT * FROM host.sqlite_master;",
        "SELECT load_extension('/etc/shadow');",
    ],
)
async def test_a_shell_of_a_database_is_in_the_sandbox_too(sandbox: Sandbox, text: str) -> None:
    run = await run_file(sandbox, "sql", text)
    assert "root:" not in run.stdout + run.stderr


TEMPLATES = """
template <int N, class A, class B> struct T {
  using x = typename T<N - 1, T<N, A, B>, B>::x;
  using y = typename T<N - 1, A, T<N, A, B>>::y;
};
template <class A, class B> struct T<0, A, B> { using x = A; using y = B; };
int main() { return sizeof(T<40, int, char>::x); }
"""
CONSTANTS = """
constexpr unsigned long long f(unsigned long long n) { return n < 2 ? n : f(n - 1) + f(n - 2); }
static_assert(f(90) == 1);
int main() {}
"""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cpp", TEMPLATES),
        ("cpp", CONSTANTS),
        ("c", "#include __FILE__\n#include __FILE__\nint main(void) {}\n"),
        ("c", 'asm(".rept 2000000000\\n.quad 0\\n.endr");\nint main(void) {}\n'),
        ("c", 'asm(".incbin \\"/etc/shadow\\"");\nint main(void) {}\n'),
        ("rust", 'const _: () = panic!("{}", include_str!("/etc/shadow"));\nfn main() {}\n'),
        ("rust", "const _: () = { loop {} };\nfn main() {}\n"),
        ("rust", "macro_rules! m { ($($t:tt)*) => { m!($($t)* $($t)*) } }\nm!(x);\nfn main() {}\n"),
    ],
)
async def test_a_source_cannot_make_a_compiler_hurt(
    sandbox: Sandbox, language: str, text: str
) -> None:
    run = await run_file(sandbox, language, text, Limits())
    assert run.verdict in ENDED
    assert Stage("run") not in run.events
    assert "root:" not in run.stdout + run.stderr
    assert (await execute(sandbox, "print('next')")).stdout == "next\n"


async def test_a_compiler_can_be_stopped(sandbox: Sandbox) -> None:
    mark = marked().removesuffix(".py") + ".cpp"
    run = sandbox.start(Job("cpp", {mark: CONSTANTS}, mark))
    events = run.events()
    seen = [await anext(events), await anext(events)]
    assert seen[-1] == Stage("compile")
    run.stop()
    *_, last = [event async for event in events]
    assert isinstance(last, Finished)
    assert last.verdict == "stopped"
    assert not processes_of(mark)


async def test_who_knows_the_mark_cannot_end_a_compiler_by_it(sandbox: Sandbox) -> None:
    """It is on the command line of the compiler's parent, which a source may have printed."""
    shown = 'const _: () = panic!("{}", include_str!("/proc/2/cmdline"));\nfn main() {}\n'
    run = await run_file(sandbox, "rust", shown, Limits())
    assert run.verdict == "error"
    assert Stage("run") not in run.events
    assert "evaluation" in run.stderr
