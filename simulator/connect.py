"""Smartcar Connect: the page on which an owner signs in and consents."""

import html
from typing import TYPE_CHECKING
from urllib.parse import urlencode
import uuid

from aiohttp import web

from simulator.pipeline import CLOUD
from simulator.resources import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.car import Car
    from simulator.cloud import Cloud

AUTHORIZE = "/connect/oauth/authorize"
REAUTHENTICATE = "/connect/oauth/reauthenticate"
DONE = "/connect/done"

MODES = {"live": "live", "simulated": "simulated", "test": "simulated"}
"""Values of ``mode`` and the cars they show; ``test`` is the older word."""

SCHEMES = ("http://", "https://", "sc")
"""How a redirect URI may begin."""

REFUSALS = {
    "access_denied": "The owner declined to give access.",
    "no_vehicles": "The account holds no vehicles.",
    "vehicle_incompatible": "The vehicle is not compatible.",
}
"""Errors that the page can send back, with ``error_description``."""

STYLE = """
:root { color-scheme: light dark; --ink: #17202b; --soft: #5c6b7c; --line: #d9e0e8;
  --card: #fff; --page: #f3f6f9; --go: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf3; --soft: #9aa8b8;
  --line: #2c3846; --card: #18212c; --page: #0f161e; --go: #60a5fa; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--page); display: grid; place-items: center; min-height: 100vh; }
main { width: min(30rem, calc(100vw - 2rem)); background: var(--card);
  border: 1px solid var(--line); border-radius: 16px; padding: 1.75rem; margin: 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 .25rem; } p { color: var(--soft); margin: .4rem 0; }
fieldset { border: 1px solid var(--line); border-radius: 12px; margin: 1rem 0;
  padding: .6rem 1rem .8rem; } legend { font-weight: 600; padding: 0 .4rem; }
label { display: flex; gap: .6rem; align-items: center; padding: .25rem 0; }
details { color: var(--soft); font-size: .85rem; } code { font-size: .8rem; }
.row { display: flex; gap: .75rem; margin-top: 1.25rem; }
button { flex: 1; font: inherit; padding: .65rem; border-radius: 10px; cursor: pointer;
  border: 1px solid var(--line); background: none; color: inherit; }
button.go { background: var(--go); border-color: var(--go); color: #fff; }
"""


def add_routes(app: web.Application) -> None:
    """Add the pages of Connect."""
    app.router.add_get(AUTHORIZE, _authorize)
    app.router.add_post(AUTHORIZE, _consent)
    app.router.add_get(REAUTHENTICATE, _reauthenticate)
    app.router.add_get(DONE, _done)


def _page(title: str, body: str, status: int = 200) -> web.Response:
    text = (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )
    return web.Response(status=status, text=text, content_type="text/html")


def _trouble(cloud: Cloud, query: Mapping[str, str]) -> str | None:
    """Return what is wrong with the parameters, in the words of the error page."""
    application = query.get("application_id") or query.get("client_id")
    name = "application_id" if "application_id" in query else "client_id"
    redirect = query.get("redirect_uri")
    checks = {
        f"Parameter {name} is invalid.": application
        != cloud.application.application_id,
        "Parameter response_type is invalid.": query.get("response_type")
        not in {"none", "code", "vehicle_id"},
        "Parameter mode is invalid.": query.get("mode", "live") not in MODES,
        "Parameter redirect_uri is missing.": query.get("response_type") != "none"
        and not redirect,
        "Parameter redirect_uri is invalid.": redirect is not None
        and not redirect.startswith(SCHEMES),
    }
    return next((text for text, wrong in checks.items() if wrong), None)


def _offered(cloud: Cloud, query: Mapping[str, str]) -> dict[str, list[Car]]:
    """Return the cars that can be chosen, by user id."""
    mode = MODES[query.get("mode", "live")]
    make = query.get("make", "").lower()
    vin = query.get("single_select_vin")
    cars: dict[str, list[Car]] = {}
    for vehicle_id, car in cloud.cars.items():
        owner = cloud.owners.get(vehicle_id)
        fits = car.spec.mode == mode and (
            car.spec.vin == vin if vin else make in ("", car.spec.make.lower())
        )
        if owner is not None and fits:
            cars.setdefault(owner, []).append(car)
    return cars


def _scope(cloud: Cloud, query: Mapping[str, str], car: Car) -> list[str]:
    """Return what a connection to this car will be permitted."""
    asked = query.get("scope") or " ".join(cloud.vehicle_access)
    wanted = [word.removeprefix("required:") for word in asked.split()]
    return [name for name in wanted or car.permissions if name in car.permissions]


async def _authorize(request: web.Request) -> web.Response:
    cloud, query = request.app[CLOUD], request.query
    trouble = _trouble(cloud, query)
    if trouble:
        return _page("Something went wrong", f"<p>{html.escape(trouble)}</p>", 400)
    offered = _offered(cloud, query)
    kind = "radio" if query.get("single_select") == "true" else "checkbox"
    parts = [
        _owner(cloud, query, user_id, cars, kind, first=number == 0)
        for number, (user_id, cars) in enumerate(offered.items())
    ]
    if not offered:
        parts.append("<p>No simulated car fits this request.</p>")
    action = html.escape(str(request.rel_url))
    return _page(
        "Connect your car",
        "<p>This is a simulation. Pick a user and the cars to share; no account "
        "and no password is needed.</p>"
        f"<form method=post action='{action}'>{''.join(parts)}"
        "<div class=row><button name=choice value=access_denied>Decline</button>"
        "<button class=go name=choice value=allow>Allow access</button></div></form>",
    )


def _owner(
    cloud: Cloud,
    query: Mapping[str, str],
    user_id: str,
    cars: Iterable[Car],
    kind: str,
    *,
    first: bool,
) -> str:
    user = cloud.users.get(user_id)
    name = html.escape(user.name if user else "Former user")
    rows = "".join(
        f"<label><input type={kind} name='vehicle {user_id}' value='{car.vehicle_id}'"
        f"{' checked' if kind == 'checkbox' or number == 0 else ''}>"
        f"{html.escape(car.summary()['name'])} {car.spec.year}</label>"
        f"<details><summary>What is shared</summary><code>"
        f"{' '.join(_scope(cloud, query, car))}</code></details>"
        for number, car in enumerate(cars)
    )
    return (
        f"<fieldset><legend><label><input type=radio name=user value='{user_id}'"
        f"{' checked' if first else ''}>{name}</label></legend>{rows}</fieldset>"
    )


async def _consent(request: web.Request) -> web.Response:
    cloud, query = request.app[CLOUD], request.query
    trouble = _trouble(cloud, query)
    if trouble:
        return _page("Something went wrong", f"<p>{html.escape(trouble)}</p>", 400)
    form = await request.post()
    choice = str(form.get("choice", "allow"))
    user_id = str(form.get("user", ""))
    # The page names the fields of each owner apart; plain "vehicle" works as well.
    picked = {
        str(value) for name, value in form.items() if name.split(" ")[0] == "vehicle"
    }
    chosen = [
        car
        for car in _offered(cloud, query).get(user_id, [])
        if car.vehicle_id in picked
    ]
    if query.get("single_select") == "true":
        del chosen[1:]
    if choice in REFUSALS or not chosen:
        error = choice if choice in REFUSALS else "no_vehicles"
        return _back(query, {"error": error, "error_description": REFUSALS[error]})
    user = cloud.users.get(user_id) or cloud.add_user(User(user_id, "Former user"))
    external = query.get("external_id")
    if external is not None:
        user.external_id = None if external == "null" else external
    for car in chosen:
        cloud.connect(user, car, _scope(cloud, query, car))
    answer = {"user_id": user.id}
    if external is not None:
        answer["external_id"] = external
    if query.get("response_type") == "code":
        # Never exchanged: v3 has no endpoint that takes it.
        answer["code"] = str(uuid.uuid4())
    return _back(query, answer)


async def _reauthenticate(request: web.Request) -> web.Response:
    """Sign the owner in again, without a question, and send the browser back."""
    cloud, query = request.app[CLOUD], request.query
    if query.get("client_id") != cloud.application.application_id:
        text = "<p>Parameter client_id is invalid.</p>"
        return _page("Something went wrong", text, 400)
    vehicle_id = query.get("vehicle_id", "")
    for connection in list(cloud.connections.values()):
        if connection.car.vehicle_id == vehicle_id:
            cloud.connect(connection.user, connection.car, connection.permissions)
    return _back(query, {"vehicle_id": vehicle_id})


def _back(query: Mapping[str, str], answer: dict[str, str]) -> web.Response:
    """Send the browser to the redirect URI, or to Smartcar's own last page."""
    if "state" in query:
        answer["state"] = query["state"]
    target = query.get("redirect_uri") or DONE
    joint = "&" if "?" in target else "?"
    location = f"{target}{joint}{urlencode(answer)}"
    return web.Response(status=302, headers={"Location": location})


async def _done(request: web.Request) -> web.Response:
    if "error" in request.query:
        return _page("Not connected", "<p>No access was given.</p>")
    return _page("All set", "<p>The car is connected. You may close this page.</p>")
