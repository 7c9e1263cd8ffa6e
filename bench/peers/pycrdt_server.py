"""pycrdt-websocket's rooms as its documentation mounts them in an ASGI server, under uvicorn with
the loop and the WebSocket library that ours has. Usage: pycrdt_server.py PORT"""

from __future__ import annotations

import sys

import uvicorn
import uvloop
from pycrdt.websocket import ASGIServer, WebsocketServer
from pycrdt.websocket.websocket_server import exception_logger


async def main(port: int) -> None:
    rooms = WebsocketServer(exception_handler=exception_logger)
    config = uvicorn.Config(
        ASGIServer(rooms),
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
    )
    async with rooms:
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
