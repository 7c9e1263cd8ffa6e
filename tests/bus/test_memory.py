"""The bus of one process keeps the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.bus.memory import MemoryBus, MemoryExchange
from tests.contracts.bus_contract import BusContract, MakeBus


class TestMemoryBus(BusContract):
    @pytest.fixture
    async def make_bus(self) -> AsyncIterator[MakeBus]:
        exchange = MemoryExchange()

        async def make() -> MemoryBus:
            bus = MemoryBus(exchange)
            await bus.start()
            return bus

        yield make
        for end in list(exchange.ends.values()):
            await end.close()
