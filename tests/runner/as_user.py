"""Run by an ordinary user: a few programs in the sandbox, and what became of them, as JSON."""

import asyncio
import json
import sys

from server.runner.base import Finished, Job, Limits, Output
from server.runner.sandbox import Sandbox

PROGRAMS = json.loads(sys.stdin.read())


async def main() -> None:
    sandbox = Sandbox()
    await sandbox.open()
    results: dict[str, object] = {"reason": sandbox.reason}
    results["languages"] = sorted(language.id for language in sandbox.languages())
    for name, text in PROGRAMS.items() if sandbox.reason is None else ():
        limits = Limits(memory_bytes=64 * 2**20)
        live = name == "terminal"
        job = Job("python", {"main.py": text}, "main.py", live=live, limits=limits)
        run = sandbox.start(job)
        printed, verdict = "", ""
        async for event in run.events():
            if isinstance(event, Output):
                printed += event.text
            elif isinstance(event, Finished):
                verdict = event.verdict
        results[name] = [verdict, printed]
    await sandbox.close()
    print(json.dumps(results))


asyncio.run(main())
