"""A run over Piston's WebSocket: one job a socket, input while it runs, output as it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from server.runner import base
from server.runner.base import Event, Finished, Stream, Verdict
from server.runner.gather import Gatherer
from server.runner.piston.client import PistonError, Refused
from server.runner.piston.reply import Stage, finished
from server.runner.piston.request import PIPE_BYTES

COMPILE: Final = "compile"
RUN: Final = "run"


class _Message(msgspec.Struct, frozen=True):
    """Whatever Piston says; what there is of it depends on `type`."""

    type: str
    stage: str = RUN
    stream: Stream = "stdout"
    data: str = ""
    code: int | None = None
    signal: str | None = None
    message: str = ""


class Input:
    """What is typed, kept until the program is there: Piston loses it before, and ends the
    connection for what comes right behind the start. All of a run must fit into a pipe's buffer,
    for nobody can tell how much the program has read."""

    def __init__(self, text: str) -> None:
        self._kept = [text] if text else []
        self._left = PIPE_BYTES - len(text.encode(errors="replace"))
        self._arrived = asyncio.Event()
        self.ended = False

    def write(self, text: str) -> bool:
        """Whether it was taken."""
        size = len(text.encode(errors="replace"))
        if self.ended or size > self._left:
            return False
        self._left -= size
        self._kept.append(text)
        self._arrived.set()
        return True

    async def send(self, socket: ClientConnection) -> None:
        """Passes on what there is and what comes, until it is cancelled or the socket closed."""
        with suppress(ConnectionClosed):
            while True:
                self._arrived.clear()
                kept, self._kept = self._kept, []
                if kept:
                    data = {"type": "data", "stream": "stdin", "data": "".join(kept)}
                    await socket.send(json.dumps(data))
                await self._arrived.wait()


class Talk:
    """One job on one socket. `emit` is told the stages, where there are two."""

    def __init__(
        self,
        socket: ClientConnection,
        gatherer: Gatherer,
        given: Input,
        emit: Callable[[Event], None],
    ) -> None:
        self._socket = socket
        self._gatherer = gatherer
        self._input = given
        self._emit = emit
        self._compiles = False
        self._stage_began = 0.0
        self._sender: asyncio.Task[None] | None = None
        self._errors: list[str] = []
        self._finished: Finished | None = None

    async def hold(self, body: dict[str, Any]) -> Finished:
        """To the end. Raises Refused, PistonError."""
        try:
            await self._socket.send(json.dumps({"type": "init", **body}))
            async for raw in self._socket:
                self._hear(msgspec.json.decode(raw, type=_Message), body)
        except ConnectionClosed:
            pass  # it ends every conversation so
        except msgspec.MsgspecError as error:
            raise PistonError("what Piston says cannot be read") from error
        finally:
            if self._sender is not None:
                self._sender.cancel()
        if self._finished is None:
            raise PistonError("Piston broke off in the middle of the run; it may be starting anew")
        return self._finished

    def _hear(self, message: _Message, limits: dict[str, Any]) -> None:
        match message.type:
            case "stage":
                self._enter(message.stage)
            case "data":
                if message.stream == "stderr":
                    self._errors.append(message.data)
                self._gatherer.feed(message.stream, message.data.encode(errors="replace"))
            case "exit":
                self._leave(message, limits)
            case "error":
                raise Refused(message.message)

    def _enter(self, stage: str) -> None:
        self._stage_began = asyncio.get_running_loop().time()
        self._compiles = self._compiles or stage == COMPILE
        if self._compiles:
            self._gatherer.flush()
            self._emit(base.Stage("compile" if stage == COMPILE else "run"))
        if stage == RUN:
            self._sender = asyncio.create_task(self._input.send(self._socket))

    def _leave(self, message: _Message, limits: dict[str, Any]) -> None:
        if message.stage == COMPILE and message.code == 0:
            return
        took = (asyncio.get_running_loop().time() - self._stage_began) * 1000
        stage = Stage(stderr="".join(self._errors), code=message.code, signal=message.signal)
        end = finished(stage, took_ms=took, limits=limits, socket=True)
        if message.stage == COMPILE and end.verdict is Verdict.TIMEOUT:
            end = Finished(end.verdict, message="The compiler took too long.")
        self._finished = end
