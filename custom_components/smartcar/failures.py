"""Failures of Smartcar's, in the words and classes of Home Assistant."""

from datetime import timedelta
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers.update_coordinator import UpdateFailed

from .api import (
    ApiError,
    AuthenticationError,
    OutcomeUnknownError,
    Retry,
    SmartcarError,
)
from .const import DOMAIN
from .markdown import escaped
from .texts import text_of

# What fails by itself is tried again after this, then after twice as long, …
FIRST_RETRY: Final = timedelta(minutes=30)
# … and what does not, after this.
RETRY: Final = {
    Retry.BACKOFF: timedelta(hours=6),
    Retry.CAR_STATE: timedelta(hours=1),
    Retry.USER_ACTION: timedelta(hours=6),
    Retry.NEVER: timedelta(hours=24),
}


def wait_after(
    error: SmartcarError, failures: int, first: timedelta = FIRST_RETRY
) -> timedelta:
    """Return the delay before the next retry after `failures` consecutive failures.

    Smartcar's own word on it comes first.
    """
    if (wait := retry_after(error)) is not None:
        return wait
    longest = RETRY[error.retry]
    if error.retry is not Retry.BACKOFF:
        return longest
    return min(first * (1 << min(failures - 1, 10)), longest)


def placeholders(error: SmartcarError, car: str) -> dict[str, str]:
    """Return what the texts of all errors may name."""
    return {"car": escaped(car), "error": escaped(str(error))}


def refusal(key: str, car: str = "", **details: str) -> ServiceValidationError:
    """Return the error for what is refused without asking Smartcar."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={
            "car": escaped(car),
            "error": "",
            **{name: escaped(value) for name, value in details.items()},
        },
    )


def failed(
    error: SmartcarError, car: str, key: str | None = None
) -> HomeAssistantError:
    """Translate a request that failed; `key` names another text than the error's."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key or error.key,
        translation_placeholders=placeholders(error, car),
    )


def repeated(error: HomeAssistantError) -> HomeAssistantError:
    """Return the error of a read for the person who has asked for it."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=error.translation_key,
        translation_placeholders=error.translation_placeholders,
    )


def auth_failed(
    hass: HomeAssistant, error: AuthenticationError
) -> ConfigEntryAuthFailed:
    """Translate refused credentials, as a set-up tells of them."""
    return ConfigEntryAuthFailed(
        translation_domain=DOMAIN,
        translation_key=error.key,
        translation_placeholders=placeholders(error, your_cars(hass)),
    )


def your_cars(hass: HomeAssistant) -> str:
    """Return what stands for a car's name where an error is about all of them."""
    return text_of(hass, "error_your_cars")


def update_failed(error: SmartcarError, car: str) -> UpdateFailed:
    """Translate a failed read."""
    # A read whose answer is lost has changed nothing at the car.
    is_lost, wait = isinstance(error, OutcomeUnknownError), retry_after(error)
    return UpdateFailed(
        translation_domain=DOMAIN,
        translation_key="no_answer" if is_lost else error.key,
        translation_placeholders=placeholders(error, car),
        retry_after=wait.total_seconds() if wait else None,
    )


def retry_after(error: SmartcarError) -> timedelta | None:
    """Return how long Smartcar asks to wait, a day at the most."""
    seconds = error.details.retry_after if isinstance(error, ApiError) else None
    return timedelta(seconds=min(seconds, 86400)) if seconds else None
