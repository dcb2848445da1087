"""Writes what cars remember of their charges into Home Assistant's statistics."""

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .coordinator import SmartcarVehicle
from .diary import DiaryNews
from .memory.journal import LATEST
from .runtime import SmartcarConfigEntry
from .statistics import ChargeStatistics


@callback
def async_follow_diaries(entry: SmartcarConfigEntry) -> None:
    """Let the statistics of every car follow its diary."""
    connections = entry.runtime_data.connections

    @callback
    def track(vehicle: SmartcarVehicle) -> None:
        diary = vehicle.diary
        statistics = ChargeStatistics(
            connections.hass,
            vehicle.stored.diary,
            vehicle.car_name,
            diary.charges,
            lambda: diary.dropped,
        )

        @callback
        def write(news: DiaryNews) -> None:
            statistics.async_write(news.since)

        diary.async_add_listener(write)
        entry.async_on_unload(statistics.async_close)
        # What became final while Home Assistant was off, and what it did not write.
        statistics.async_write(int(dt_util.utcnow().timestamp()) - LATEST)

    entry.async_on_unload(connections.async_add_vehicle_listener(track))
