"""What kinds of personal data are told apart, and where in a text one stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of personal data; the first eleven as audits of anonymised calls name them."""

    PERSON = "person"
    MOBILE = "mobile"
    LANDLINE = "landline"
    ID_CARD = "id_card"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    EMAIL = "email"
    WECHAT = "wechat"
    QQ = "qq"
    URL = "url"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    EMPLOYER = "employer"
    ACCOUNT = "account"
    """Numbers of policies, social insurance, housing funds and customers."""


@dataclass(frozen=True, order=True)
class Span:
    """One finding in one text, as offsets of characters; `end` is past the last."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class Place:
    """Where a piece of a value stands."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True)
class Mention:
    """One value: in one place, or in several where it was said over turns."""

    kind: Kind
    places: tuple[Place, ...]
