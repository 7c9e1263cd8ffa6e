"""Whose turn it is, for all workers that share a runner: kept in Redis.

Every worker tells which of its *tickets* wait and which go on, and hears which may begin and where
the others stand. It tells all of it each time, so nothing depends on what was told before: an
answer that was lost, or a Redis that has forgotten everything, is made up for by the next time.
What a worker told holds for `LEASE_SECONDS` by Redis' own clock; then its places are free.

A ticket is ``<worker>:<p|r>:<number>``; ``r`` is a REPL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.runner.queue import most_repls

LEASE_SECONDS: Final = 8.0
"""After that a worker is taken for gone: it tells four times in that time."""

ANSWER_SECONDS: Final = 1.0
"""How long a run waits for Redis at most before it goes by this worker's own count."""

KEPT_SECONDS: Final = 3600
"""How long Redis keeps anything of it that nobody touches."""

_SCRIPT: Final = """
local queue, going, leases, counter = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local me, lease, most, most_repls = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local granting, waiting = ARGV[5] == '1', tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mine = {}
for at = 8, #ARGV do
  mine[ARGV[at]] = at - 7 <= waiting and 'waits' or 'goes'
end
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
redis.call('ZADD', leases, now + lease, me)
local function stands(ticket)
  local worker = string.match(ticket, '^[^:]+')
  if worker == me then return mine[ticket] ~= nil end
  return redis.call('ZSCORE', leases, worker) ~= false
end
local function is_repl(ticket) return string.match(ticket, ':r:') ~= nil end

local freed, busy, repls, begin, places = 0, 0, 0, {}, {}
local function count(ticket)
  busy = busy + 1
  if is_repl(ticket) then repls = repls + 1 end
end
for _, ticket in ipairs(redis.call('SMEMBERS', going)) do
  if stands(ticket) then
    count(ticket)
    if mine[ticket] == 'waits' then table.insert(begin, ticket) end
    mine[ticket] = nil
  else
    redis.call('SREM', going, ticket)
    freed = 1
  end
end
for _, ticket in ipairs(redis.call('ZRANGE', queue, 0, -1)) do
  if not stands(ticket) or mine[ticket] == 'goes' then
    redis.call('ZREM', queue, ticket)
    freed = 1
  end
end
for at = 8, #ARGV do
  local ticket = ARGV[at]
  if mine[ticket] == 'goes' then
    redis.call('SADD', going, ticket)
    count(ticket)
  elseif mine[ticket] == 'waits' and not redis.call('ZSCORE', queue, ticket) then
    redis.call('ZADD', queue, redis.call('INCR', counter), ticket)
  end
end
local place = 0
for _, ticket in ipairs(redis.call('ZRANGE', queue, 0, -1)) do
  if busy < most and not (is_repl(ticket) and repls >= most_repls) then
    count(ticket)  -- of another worker: its turn, which it hears of from us or finds itself
    if mine[ticket] and granting then
      redis.call('ZREM', queue, ticket)
      redis.call('SADD', going, ticket)
      table.insert(begin, ticket)
    end
  else
    place = place + 1
    if mine[ticket] then
      table.insert(places, ticket)
      table.insert(places, place)
    end
  end
end
if #ARGV == 7 then redis.call('ZREM', leases, me) end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[7]) end
return {freed, begin, places}
"""


class Answer(NamedTuple):
    """``freed``: others may move up; ``begin``: whose turn it is; ``places`` of those that wait."""

    freed: bool
    begin: Sequence[str]
    places: dict[str, int]


class TurnsUnknown(Exception):
    """Redis does not answer; in words why."""


class Turns:
    """As one worker asks for them. `key`: who asks with the same one shares `at_once` places."""

    def __init__(
        self, url: str, key: str, worker: str, at_once: int, *, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        """`url`: as `redis.from_url` takes it. Raises ValueError for what cannot be one."""
        self._worker = worker
        self._redis: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._redis.register_script(_SCRIPT)
        self._keys = [f"{key}:{name}" for name in ("queue", "going", "leases", "counter")]
        self._numbers = [int(lease_seconds * 1000), at_once, most_repls(at_once)]

    async def ask(self, waiting: Sequence[str], going: Sequence[str], *, granting: bool) -> Answer:
        """Tell all tickets of this worker, those that wait in order; with `granting` some may
        begin. Raises `TurnsUnknown` after `ANSWER_SECONDS` at most."""
        numbers = [*self._numbers, int(granting), len(waiting), KEPT_SECONDS]
        told: list[Any] = [self._worker, *numbers, *waiting, *going]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                freed, begin, places = await self._script(keys=self._keys, args=told)
        except TimeoutError:
            raise TurnsUnknown("Redis does not answer") from None
        except (RedisError, OSError) as error:
            raise TurnsUnknown(f"Redis cannot be used: {type(error).__name__}") from error
        return Answer(bool(freed), begin, dict(zip(places[::2], places[1::2], strict=True)))

    async def close(self) -> None:
        await self._redis.aclose()
