"""The compatibility host: which cars Smartcar knows; open to everybody."""

from typing import TYPE_CHECKING

from simulator.call import Answer
from simulator.catalogue import codes_for
from simulator.errors import PARAMETER, validation

if TYPE_CHECKING:
    from simulator.call import Call
    from simulator.car import Car
    from simulator.errors import Json

REGIONS = ("US", "CA", "EUROPE")
FIELDS = ("region", "make", "powertrainType")


def _row(number: int, car: Car) -> Json:
    spec = car.spec
    able = [code for code in codes_for(spec.powertrain) if code not in car.not_capable]
    commands = [path.replace("/", "-") for path in sorted(car.commands)]
    return {
        "id": f"cmp-{number:04}",
        "attributes": {
            "make": spec.make,
            "model": spec.model,
            "years": {"start": spec.year - 1, "end": spec.year + 2},
            "powertrainType": spec.powertrain,
            "region": "EUROPE",
            "capabilities": [
                *({"type": "signal", "capability": code} for code in able),
                *({"type": "command", "capability": name} for name in commands),
            ],
        },
    }


async def compatible_vehicles(call: Call) -> Answer:
    """List the models of the household's cars, filtered."""
    region = call.filter("region")
    if region is not None and region not in REGIONS:
        raise validation(PARAMETER, "No such region.")
    rows = [_row(number, car) for number, car in enumerate(call.cloud.cars.values(), 1)]
    for name in FIELDS:
        wanted = call.filter(name)
        if wanted is not None:
            rows = [
                row
                for row in rows
                if str(row["attributes"][name]).lower() == wanted.lower()
            ]
    return Answer(body={"data": rows, "meta": {"totalCount": len(rows)}})
