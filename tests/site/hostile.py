"""Records whose every free text tries to get out of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

R = TypeVar("R", bound=BaseModel)
PAYLOAD = '</script><script>window.owned=1</script><img src=x onerror="window.owned=1">\'&amp;\u2028javascript:owned'
OWNED = "window.owned === undefined && document.querySelectorAll('main img, main script, [onerror]').length === 0"


def poisoned(record: R) -> tuple[R, int]:
    """Return the record with the payload in every text that the schema leaves free, and how many these are."""
    fields = record.model_dump(mode="json")
    poisonings = 0
    for holder, key in list(_texts(fields)):
        before = holder[key]
        holder[key] = PAYLOAD
        try:
            type(record).model_validate(fields)
            poisonings += 1
        except ValidationError:
            holder[key] = before
    return type(record).model_validate_json(orjson.dumps(fields)), poisonings


def _texts(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        if isinstance(inner, str):
            yield value, key
        else:
            yield from _texts(inner)
