"""Piston's side as a server on a port: its HTTP and WebSocket, old and new, with its quirks.

Written from Piston's source: what it refuses and how, output that is dropped at a limit, the
newline it adds to input, chunks decoded one by one, signals that do nothing, and its end by EPIPE.
Programs are really run, with this Python or `bash`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

BODY_BYTES = 102_400
PIPE_BYTES = 65_536
PYTHON = {"language": "python", "version": "3.12.0", "aliases": ["py", "python3"]}
BASH = {"language": "bash", "version": "5.2.0", "aliases": ["sh"]}
TYPESCRIPT = {"language": "typescript", "version": "5.0.3", "aliases": ["ts"]}
"""Compiled: a main file that begins with "broken" does not compile; the rest is run by bash."""


@dataclass
class Piston:
    """`modern` or old; `socket` False as the public one; `status` answers everything so;
    `dies`: before it tells how a program over the WebSocket ended."""

    modern: bool = True
    socket: bool = True
    dies: bool = False
    status: int | None = None
    authorization: str = ""
    output_max_size: int = 1024
    limits: dict[str, int] = field(
        default_factory=lambda: {"run_timeout": 30_000, "run_cpu_time": 30_000}
    )
    runtimes: list[dict[str, Any]] = field(default_factory=lambda: [PYTHON, BASH, TYPESCRIPT])
    bodies: list[dict[str, Any]] = field(default_factory=list)
    crashed: bool = False
    running: int = 0
    url: str = ""

    def closed(self, headers: Any) -> Response | None:
        """The answer to somebody who is not served."""
        if self.status is not None:
            return JSONResponse({"message": "no"}, self.status)
        if self.authorization and headers.get("authorization") != self.authorization:
            return JSONResponse({"message": "Unauthorized"}, 401)
        return None

    def wrong(self, body: dict[str, Any]) -> str:
        """What is wrong with a request, in Piston's words and order."""
        for name in ("language", "version"):
            if not isinstance(body.get(name), str):
                return f"{name} is required as a string"
        if not isinstance(body.get("files"), list):
            return "files is required as an array"
        if self.runtime(body) is None:
            return f"{body['language']}-{body['version']} runtime is unknown"
        for stage in ("compile", "run"):
            for limit in ("memory_limit", "timeout", "cpu_time"):
                name = f"{stage}_{limit}"
                most = self.limits.get(name, -1)
                if 0 < most < body.get(name, 0):
                    return f"{name} cannot exceed the configured limit of {most}"
        return ""

    def runtime(self, body: dict[str, Any]) -> dict[str, Any] | None:
        for each in self.runtimes:
            if body["version"] == each["version"] and body["language"] in (
                each["language"],
                *each["aliases"],
            ):
                return each
        return None

    async def list(self, request: Request) -> Response:
        return self.closed(request.headers) or JSONResponse(self.runtimes)

    async def execute(self, request: Request) -> Response:
        if refusal := self.closed(request.headers):
            return refusal
        raw = await request.body()
        if len(raw) > BODY_BYTES:
            return JSONResponse({"stack": "PayloadTooLargeError: at /piston/api"}, 400)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"message": "requests must be of type application/json"}, 415)
        body = json.loads(raw)
        self.bodies.append(body)
        if wrong := self.wrong(body):
            return JSONResponse({"message": wrong}, 400)
        if any(".." in Path(file["name"]).parts for file in body["files"]):
            return Response(status_code=500)
        job = _Job(self, body)
        try:
            return JSONResponse({**await job.whole(), **(self.runtime(body) or {})})
        finally:
            job.clean()

    async def connect(self, socket: WebSocket) -> None:
        if not self.socket or self.closed(socket.headers):
            await socket.close()  # before it was accepted: 403
            return
        await socket.accept()
        with suppress(WebSocketDisconnect, RuntimeError):
            body = json.loads(await socket.receive_text())
            self.bodies.append(body)
            if wrong := self.wrong(body):
                await socket.send_json({"type": "error", "message": wrong})
                await socket.close(4002, "Notified Error")
                return
            await self._talk(socket, _Job(self, body))

    async def _talk(self, socket: WebSocket, job: _Job) -> None:
        async def listen() -> None:
            with suppress(WebSocketDisconnect, RuntimeError):
                while True:
                    said = json.loads(await socket.receive_text())
                    if said["type"] == "data":
                        if job.process is None:
                            await socket.close(4003, "Not yet initialized")
                        else:
                            job.write(said["data"])

        async def tell(message: dict[str, Any]) -> None:
            with suppress(WebSocketDisconnect, RuntimeError):  # the job goes on, unseen
                await socket.send_json(message)

        listener = asyncio.create_task(listen())
        try:
            await job.staged(tell)
            await socket.close(4999, "Job Completed")
        except BrokenPipeError:
            self.crashed = True
            await socket.close(1011)
        finally:
            listener.cancel()
            job.clean()


class _Job:
    def __init__(self, piston: Piston, body: dict[str, Any]) -> None:
        self._piston = piston
        self._body = body
        self._folder = Path(tempfile.mkdtemp(prefix="piston-stand-in-"))
        for file in body["files"]:
            path = self._folder / file["name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file["content"])
        self._main = body["files"][0]
        self._compiles = body["language"] == "typescript"
        self._unread = 0
        self.process: asyncio.subprocess.Process | None = None

    def clean(self) -> None:
        """Also at the end of the stand-in, in the middle of a run."""
        if self.process is not None:
            if self.process.returncode is None:
                self._kill()
            self.process._transport.close()  # type: ignore[attr-defined] # there is no other way
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, text: str) -> None:
        """Counts all as unread: what Piston dies of depends on it."""
        assert self.process is not None
        assert self.process.stdin is not None
        data = text.encode()
        self._unread += len(data)
        self.process.stdin.write(data)

    def _compile(self) -> tuple[int, str]:
        broken = str(self._main["content"]).startswith("broken")
        return (2, "main.ts(1,1): error TS1005\n") if broken else (0, "")

    async def whole(self) -> dict[str, Any]:
        reply: dict[str, Any] = {}
        if self._compiles:
            code, errors = self._compile()
            reply["compile"] = self._stage(code, None, {"stdout": "", "stderr": errors}, "", 0.0)
            if code:
                return {**reply, "run": reply["compile"]}
        stdin = self._body.get("stdin", "")
        stdin += "" if stdin.endswith("\n") else "\n"
        texts = {"stdout": "", "stderr": ""}
        killed = ""

        async def heard(stream: str, chunk: bytes) -> None:
            nonlocal killed
            if len(texts[stream]) + len(chunk) > self._piston.output_max_size:
                killed = killed or ("OL" if stream == "stdout" else "EL")
                self._kill()  # the whole chunk is dropped
            elif not killed:
                texts[stream] += chunk.decode(errors="replace")

        began = time.monotonic()
        code_, status = await self._run(heard, stdin)
        if killed and self._piston.modern:
            texts["stderr"] += "Sandbox keeper received fatal signal 6\n"
        reply["run"] = self._stage(code_, status, texts, killed, (time.monotonic() - began) * 1000)
        return reply

    def _stage(
        self, code: int | None, status: str | None, texts: dict[str, str], killed: str, ms: float
    ) -> dict[str, Any]:
        status = killed or status
        gone = status in ("TO", "OL", "EL")
        stage: dict[str, Any] = {
            **texts,
            "code": None if gone else code,
            "signal": "SIGKILL" if gone else None,
            "output": texts["stdout"] + texts["stderr"],
        }
        if self._piston.modern:
            stage |= {"memory": 9_000_000, "message": None, "cpu_time": ms / 2, "wall_time": ms}
            stage["status"] = status or ("RE" if code else None)
        return stage

    async def staged(self, tell: Any) -> None:
        runtime = self._piston.runtime(self._body) or {}
        await tell({"type": "runtime", "language": runtime["language"]})
        if self._compiles:
            await tell({"type": "stage", "stage": "compile"})
            code, errors = self._compile()
            if errors:
                await tell({"type": "data", "stream": "stderr", "data": errors})
            await tell({"type": "exit", "stage": "compile", "code": code, "signal": None})
            if code:
                return

        async def heard(stream: str, chunk: bytes) -> None:
            text = chunk.decode(errors="replace")
            await tell({"type": "data", "stream": stream, "data": text})

        async def begun() -> None:
            await tell({"type": "stage", "stage": "run"})

        code_, status = await self._run(heard, None, begun)
        if self._unread > PIPE_BYTES or self._piston.dies:
            raise BrokenPipeError
        killed = status == "TO"
        await tell(
            {
                "type": "exit",
                "stage": "run",
                "code": None if killed else code_,
                "signal": "SIGKILL" if killed else None,
            }
        )

    async def _run(
        self, heard: Any, stdin: str | None, begun: Any = None
    ) -> tuple[int, str | None]:
        """Exit code as bash gives it, and "TO" when its time was up."""
        main = self._folder / self._main["name"]
        program = sys.executable if self._body["language"] == "python" else "/bin/bash"
        pipe = asyncio.subprocess.PIPE
        self._piston.running += 1
        self.process = await asyncio.create_subprocess_exec(
            *(program, str(main), *self._body.get("args", [])),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            cwd=self._folder,
            env={"PATH": os.defpath, "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
        )
        if begun is not None:
            await begun()
        process = self.process
        assert process.stdin is not None
        if stdin is not None:
            process.stdin.write(stdin.encode())
            process.stdin.close()
        seconds = (self._body.get("run_timeout") or 3000) / 1000
        late = asyncio.get_running_loop().call_later(seconds, self._late)
        self._status: str | None = None
        await asyncio.gather(
            self._pump(process.stdout, "stdout", heard), self._pump(process.stderr, "stderr", heard)
        )
        code = await process.wait()
        late.cancel()
        self._piston.running -= 1
        return (128 - code if code < 0 else code), self._status

    async def _pump(self, source: asyncio.StreamReader | None, stream: str, heard: Any) -> None:
        assert source is not None
        while chunk := await source.read(65_536):
            await heard(stream, chunk)

    def _late(self) -> None:
        self._status = "TO"
        self._kill()

    def _kill(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def piston(**settings: Any) -> Iterator[Piston]:
    """One that listens, below the path that is usual."""
    made = Piston(**settings)
    app = Starlette(
        routes=[
            Route("/api/v2/runtimes", made.list),
            Route("/api/v2/execute", made.execute, methods=["POST"]),
            WebSocketRoute("/api/v2/connect", made.connect),
        ]
    )
    listening = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            made.url = f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}"
            listening.set()

    config = uvicorn.Config(
        app,
        port=0,
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=1,
        loop="asyncio",
    )
    server = Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    listening.wait()
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join()
