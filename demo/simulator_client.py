"""Looks and reaches into the simulator, past Home Assistant."""

from datetime import datetime

import aiohttp

from demo.client import Json


class SimulatorClient:
    """Reads what the simulator knows to be true, and changes it."""

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
        """Return whether it answers."""
        try:
            await self.state()
        except aiohttp.ClientError:
            return False
        return True

    async def make_webhook(self, address: str) -> None:
        """Make a webhook that calls an address, as in Smartcar's dashboard."""
        await self._post("/control/webhooks", {"callback_uri": address})

    async def play(self, story: str) -> None:
        """Play a story of the control page."""
        await self._post(f"/control/stories/{story}", {})

    async def electric(self) -> str | None:
        """Return the id of the car that most stories are about."""
        cars = (await self.state())["cars"].items()
        return next((id_ for id_, car in cars if car["electric"]), None)

    async def act(self, vehicle_id: str, action: str) -> None:
        """Do something to a car, as somebody who stands beside it."""
        await self._post(f"/control/cars/{vehicle_id}", {"action": action})

    async def _post(self, path: str, content: Json) -> None:
        url = f"{self._address}{path}"
        async with self._session.post(url, json=content, raise_for_status=True):
            pass

    async def last_sent(self, vehicle_id: str) -> datetime:
        """Return when the newest delivery about a car went out."""
        deliveries = (await self.state())["deliveries"]
        found = (one for one in deliveries if one["vehicle_id"] == vehicle_id)
        return datetime.fromisoformat(next(found)["at"])

    async def vehicle_ids(self) -> list[str]:
        """Return the ids of all cars, in their order."""
        return [*(await self.state())["cars"]]

    async def is_locked(self, vehicle_id: str) -> bool:
        """Return whether a car is locked."""
        locked: bool = (await self.state())["cars"][vehicle_id]["locked"]
        return locked
