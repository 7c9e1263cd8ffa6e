"""Server and web app side by side, both reloading: what `make dev` runs.

Vite reloads the browser by itself. The server is started again whenever one of its files changed;
when it ends on a mistake, the next change starts it anew. Ctrl-C ends both.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).parents[1]
WEB = "http://localhost:5173"  # where Vite serves the web app
LOOK_EVERY = 0.4  # seconds between two looks at the files
PATIENCE = 10  # seconds a process gets to end by itself


def watched() -> Iterator[Path]:
    for folder in ("server", "crdt"):
        yield from (ROOT / folder).rglob("*.py")
    yield from (ROOT / "problems.yaml", ROOT / ".env")


def state() -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in watched() if path.exists()}


def start(command: list[str], folder: Path, **more: str) -> subprocess.Popen[bytes]:
    # in a session of its own, so that Ctrl-C reaches it once, from here, and it can be ended whole
    environment = {**os.environ, **more}
    return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def start_server() -> subprocess.Popen[bytes]:
    # requests come through Vite, which is another origin than the server's own
    set_now: Mapping[str, str | None] = {**dotenv_values(ROOT / ".env"), **os.environ}
    origins = ",".join(filter(None, [set_now.get("CLIENT_URL"), WEB]))
    command = [sys.executable, "-m", "server.cli", "serve"]
    return start(command, ROOT, CLIENT_URL=origins)


def main() -> int:
    def leave(number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    vite = ["node", "node_modules/vite/bin/vite.js", "--port", WEB[-4:], "--strictPort"]
    web = start([*vite, "--clearScreen", "false"], ROOT / "web")
    server = start_server()
    seen = state()
    try:
        while web.poll() is None:
            time.sleep(LOOK_EVERY)
            now = state()
            if now != seen:
                changed = sorted(path for path in {*now, *seen} if now.get(path) != seen.get(path))
                print(f"{changed[0].relative_to(ROOT)} changed, starting again", flush=True)
                seen = now
                end(server)
                server = start_server()
        return web.returncode or 0
    except KeyboardInterrupt:
        return 0
    finally:
        end(server)
        end(web)


if __name__ == "__main__":
    sys.exit(main())
