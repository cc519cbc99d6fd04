"""What an HTTP answer of a service says besides a reply: the provider's complaint, and how long it asks to wait."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import orjson

from antifraud.errors import ServiceError
from antifraud.services.presets import Service

RETRIED = frozenset({408, 409, 429})
"""And everything from 500."""
COMPLAINT_CHARACTERS = 300
"""What of a provider's message is shown."""
RECORD_CODES = ("data_inspection_failed", "datainspectionfailed", "content_filter", "context_length_exceeded")
"""One of these stands in a 400 about what was asked, not about how the service is set up (DashScope, Azure, OpenAI)."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of any status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float | None = None
    """From sending to the whole of it."""


@dataclass(frozen=True)
class NoAnswer:
    """A request that ended without an answer."""

    why: str
    never_sent: bool
    """No connection came about: nothing can have been billed, and nobody may be there at all."""


def complaint(body: bytes) -> str:
    """Return what an error body says, in one line: OpenAI's objects, SiliconFlow's objects and bare strings, or text.

    It may hold the key that was sent: hide it, then shorten it.
    """
    if b"\0" in body:
        return f"{len(body)} bytes that are no text"
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = body.decode(errors="replace")
    if isinstance(said, dict):
        said = said.get("error") or said
    if isinstance(said, dict):
        message, code = said.get("message") or said, said.get("code")
        said = message if code is None or str(code) in str(message) else f"{message} (code {code})"
    return " ".join(str(said).split())


def shortened(text: str) -> str:
    """Return a complaint as it is shown."""
    return text if len(text) <= COMPLAINT_CHARACTERS else text[:COMPLAINT_CHARACTERS] + "…"


def concerns_record(said: str) -> bool:
    """Tell whether a complaint is about this one question."""
    return any(code in said.lower() for code in RECORD_CODES)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return how long the service asks to wait, from seconds or a date; None where it does not say."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _until(text)
    return None if math.isnan(seconds) else max(0.0, seconds)


def _until(text: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def refusal(answer: Answer, what: str, service: Service) -> ServiceError:
    """Return the error to show for an HTTP answer that asking again cannot change.

    Args:
        what: the model or the path that was asked.
    """
    url, section = service.base_url, service.section.name
    if 300 <= answer.status < 400:
        place = service.hide(answer.headers.get("location", "nowhere"))
        return ServiceError(
            f"{url}: redirects to {place}, which is not followed; set {section}.base_url to where it is."
        )
    hints = {
        401: "check the key",
        403: "check the key's rights",
        404: f"check {section}.base_url and {section}.model",
    }
    hint = hints.get(answer.status, f"check {section}.model and the other settings of {section}")
    return ServiceError(f"{url}: {what}: {answer.status}: {shortened(service.hide(complaint(answer.body)))}; {hint}.")
