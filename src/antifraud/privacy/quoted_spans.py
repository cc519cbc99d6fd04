"""Personal data that a chat model quotes: what rules miss, such as nicknames and unusual names.

The model says quotes and kinds alone; where a quote stands is looked up, and one that stands nowhere is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from antifraud.config import Config
from antifraud.errors import ConfigError
from antifraud.privacy.kinds import Kind, Mention, Place
from antifraud.services.exchange import Chat
from antifraud.services.forms import AnswerForm, ask_for

SCHEMA_NAME: Final = "personal_quotes"
_MAX_TOKENS: Final = 800
"""Room for some thirty quotes; a design choice."""
_LOCAL_PRESETS: Final = frozenset(("vllm", "ollama"))
_FEWEST_SIGNS: Final = 2
_BY_RULES_ALONE: Final = frozenset((Kind.MOBILE, Kind.LANDLINE, Kind.ID_CARD, Kind.BANK_CARD))
"""Numbers that rules find better than a model does; its quotes of them are mostly codes and amounts."""


class Quote(AnswerForm):
    """A piece of a turn and what it is."""

    turn: int
    quote: str
    kind: Kind


class _Answer(AnswerForm):
    found: tuple[Quote, ...]


def require_local(config: Config) -> None:
    """Refuse to send what nobody anonymised to a service outside.

    Raises:
        ConfigError: `llm.base_url` is no address of this machine or of a private network.
    """
    if config.llm.base_url is None and config.llm.preset in _LOCAL_PRESETS:
        return
    host = urlsplit(config.llm.base_url or "").hostname or ""
    try:
        is_local = host == "localhost" or ip_address(host).is_private
    except ValueError:
        is_local = False
    if not is_local:
        raise ConfigError(
            f"llm.base_url is {config.llm.base_url!r}; privacy.chat sends calls that are not anonymised yet."
            " Give a model on this machine or at an address of a private network, or set privacy.chat=false."
        )


async def ask_quotes(texts: Sequence[str], chat: Chat, prompt: str, repair: str) -> tuple[Quote, ...]:
    """Return what a chat model quotes of a call.

    Args:
        prompt: the pack's prompt `personal`.
        repair: the pack's prompt `repair`, with `{{ why }}` for what was wrong.

    Raises:
        UnusableAnswer: the answer is none that can be read, twice; the call must not pass for anonymised.
        Unanswered: the service did not answer.
    """
    lines = "\n".join(f"{turn} {text}" for turn, text in enumerate(texts))
    answer, _ = await ask_for(
        chat,
        SCHEMA_NAME,
        _Answer,
        ({"role": "system", "content": prompt}, {"role": "user", "content": lines}),
        max_tokens=_MAX_TOKENS,
        temperature=0.0,
        repair=repair,
    )
    return answer.found


def merge(texts: Sequence[str], quotes: Iterable[Quote], found: Sequence[Mention]) -> list[Mention]:
    """Return what quotes add to findings: every place of each in its turn that nothing found overlaps."""
    taken = {(at.turn, sign) for mention in found for at in mention.places for sign in range(at.start, at.end)}
    added: list[Mention] = []
    for one in quotes:
        if not 0 <= one.turn < len(texts) or len(one.quote) < _FEWEST_SIGNS or one.kind in _BY_RULES_ALONE:
            continue
        for match in re.finditer(re.escape(one.quote), texts[one.turn]):
            signs = {(one.turn, sign) for sign in range(*match.span())}
            if not signs & taken:
                taken |= signs
                added.append(Mention(one.kind, (Place(one.turn, *match.span()),)))
    return added
