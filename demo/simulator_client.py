"""Looks into the simulator, past Home Assistant."""

import aiohttp

from demo.client import Json


class SimulatorClient:
    """Reads what the simulator knows to be true."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        """Take an address without a slash at the end."""
        self._session = session
        self._address = address

    async def state(self) -> Json:
        """Return everything."""
        url = f"{self._address}/control/state"
        async with self._session.get(url, raise_for_status=True) as response:
            state: Json = await response.json()
            return state

    async def is_up(self) -> bool:
        """Tell whether it answers."""
        try:
            await self.state()
        except aiohttp.ClientError:
            return False
        return True

    async def is_locked(self, vehicle_id: str) -> bool:
        """Tell whether a car is locked."""
        locked: bool = (await self.state())["cars"][vehicle_id]["locked"]
        return locked
