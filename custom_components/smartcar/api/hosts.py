"""Where Smartcar lives, and how to look for it elsewhere during development."""

from dataclasses import dataclass
import os
from typing import Final, Self
from urllib.parse import urlencode

ENDPOINT_VARIABLE: Final = "SMARTCAR_ENDPOINT"


@dataclass(frozen=True, slots=True)
class Hosts:
    """Base addresses, without a slash at the end."""

    token: str = "https://iam.smartcar.com/oauth2/token"  # noqa: S105 - an address
    vehicle: str = "https://vehicle.api.smartcar.com/v3"
    management: str = "https://management.api.smartcar.com/v3"
    connect: str = "https://connect.smartcar.com"
    overridden: bool = False

    @classmethod
    def from_environment(cls) -> Self:
        """Return Smartcar's addresses, or those below `SMARTCAR_ENDPOINT`."""
        if not (endpoint := os.environ.get(ENDPOINT_VARIABLE, "").rstrip("/")):
            return cls()
        return cls(
            token=f"{endpoint}/iam/oauth2/token",
            vehicle=f"{endpoint}/vehicle/v3",
            management=f"{endpoint}/management/v3",
            connect=f"{endpoint}/connect",
            overridden=True,
        )

    def connect_link(self, application_id: str, mode: str = "live") -> str:
        """Build the page on which an owner connects a car to the application.

        It takes the Application ID (a UUID), not the API client id. With
        `response_type=none` it needs no redirect address and ends on a page of
        Smartcar's own. `mode` is `live` or `simulated`.
        """
        query = {
            "response_type": "none",
            "application_id": application_id,
            "mode": mode,
        }
        return f"{self.connect}/oauth/authorize?{urlencode(query)}"
