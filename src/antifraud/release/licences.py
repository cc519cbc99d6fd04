"""Under which licence a release may be given away, by what its engines allow, and the file that says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from antifraud.catalogue import Terms, terms_of
from antifraud.errors import ConfigError
from antifraud.release_config import Licence


@dataclass(frozen=True)
class LicenceEntry:
    """What a reader needs to find the text of a licence."""

    title: str
    url: str | None
    hub_id: str
    """How the header of a dataset card names it."""
    is_noncommercial: bool = False


BY_PART: Final[Licence] = "LicenseRef-by-part"
LICENCES: Final[Mapping[Licence, LicenceEntry]] = {
    "Apache-2.0": LicenceEntry("Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0", "apache-2.0"),
    "CC0-1.0": LicenceEntry("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
    "CC-BY-4.0": LicenceEntry(
        "Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"
    ),
    "CC-BY-SA-4.0": LicenceEntry(
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
        "cc-by-sa-4.0",
    ),
    "CC-BY-NC-4.0": LicenceEntry(
        "Creative Commons Attribution-NonCommercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "cc-by-nc-4.0",
        is_noncommercial=True,
    ),
    "CC-BY-NC-SA-4.0": LicenceEntry(
        "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        "cc-by-nc-sa-4.0",
        is_noncommercial=True,
    ),
    BY_PART: LicenceEntry("each part under the terms of what made it", None, "other", is_noncommercial=True),
}

TERMS: Final[Mapping[Terms, str]] = {
    "free": "asks nothing of those who use its output",
    "noncommercial": "what it says may not be used commercially",
    "elsewhere": "the terms of its provider or source hold, which antifraud cannot know",
}
_SPDX_LINE: Final = "SPDX-License-Identifier: "
_SOURCES: Final = {
    "transcribed": "calls written down from recordings: whoever brought them must hold the rights and the consent of"
    " those who speak",
    "imitated": "calls that imitate given dialogues: whether those allow it, their own licence says",
}
"""What no licence of ours can give, by the source of a call."""


def check_licence(wanted: Licence | None, engines: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a licence that gives commercial use where an engine does not.

    Args:
        wanted: the setting `pack.licence`.
        engines: as the manifest has them.

    Raises:
        ConfigError: it gives more than an engine.
    """
    bound = sorted({engine["name"] for engine in engines if terms_of(engine["name"]) == "noncommercial"})
    if wanted is not None and bound and not LICENCES[wanted].is_noncommercial:
        fitting = ", ".join(name for name, entry in LICENCES.items() if entry.is_noncommercial)
        raise ConfigError(
            f"pack.licence is {wanted}, but what {', '.join(bound)} says may not be used commercially;"
            f" expected one of {fitting}. Leave pack.licence out, or speak the calls with another engine."
        )


def licence_of_release(
    wanted: Licence | None, engines: Sequence[Mapping[str, Any]], sources: Collection[str]
) -> Licence:
    """Return the licence that is wanted, else the one that the engines and the sources of the calls allow."""
    terms = {terms_of(engine["name"]) for engine in engines}
    if wanted is not None:
        return wanted
    if _SOURCES.keys() & set(sources) or "elsewhere" in terms:
        return BY_PART
    return "CC-BY-NC-4.0" if "noncommercial" in terms else "Apache-2.0"


def licence_text(name: str, licence: Licence, engines: Sequence[Mapping[str, Any]], sources: Collection[str]) -> str:
    """Return the file LICENSE: the licence by its id and address, and what it cannot give."""
    entry = LICENCES[licence]
    limits = [f"{each['part']}, {each['name']} {each['version']}: {each['licence']}" for each in engines]
    limits += [limit for source, limit in _SOURCES.items() if source in sources]
    lines = [
        " ".join(name.split()),
        f"{_SPDX_LINE}{licence}",
        entry.title,
        *([entry.url] if entry.url else []),
        "",
        "The licence covers what the creators named in CITATION.cff may license: selection, labels, annotations,",
        "transcripts and recordings, each as far as the terms of what made it allow:",
        *(f"- {' '.join(limit.split())}" for limit in limits),
        "",
        "Provided as it is, without warranty of any kind.",
    ]
    return "\n".join(lines) + "\n"


def licence_in(text: str) -> str | None:
    """Return the SPDX id that a file LICENSE of a release names; None for other files."""
    named = (line.removeprefix(_SPDX_LINE) for line in text.splitlines() if line.startswith(_SPDX_LINE))
    return next(named, None)
