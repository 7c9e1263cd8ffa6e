"""The collaboration protocol without any input or output: bytes in, effects out.

Nothing here imports asyncio, a clock, a logger or the server, so that every rule
(``SPEC.md``) can be tested by calling functions.
"""
