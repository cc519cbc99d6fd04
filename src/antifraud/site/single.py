"""One call as one file, its recording inside, to mail to somebody."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import soundfile
from markupsafe import Markup

from antifraud.errors import UsageError
from antifraud.site.pages import CALL, CORE, STYLE, asset, render
from antifraud.site.peaks import peaks
from antifraud.site.scripts import put
from antifraud.site.shown_calls import Shelf, ShownCall
from antifraud.store.files import write_atomic

_TYPES: Final = {".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".flac": "audio/flac"}


def write_single(shelves: Sequence[Shelf], call_id: str, folder: Path) -> Path:
    """Write the page of one call into a folder; returns its path, which is named by the call's id.

    Raises:
        UsageError: no shelf holds such a call.
        StoreError: the folder cannot be written.
    """
    for of in shelves:
        for shown in of.calls():
            if shown.id == call_id:
                path = folder / f"{shown.id}.html"  # the pattern of ids knows no separators
                write_atomic(path, single_page(shown).encode())
                return path
    places = ", ".join(str(of.path) for of in shelves)
    raise UsageError(f"--single: no call {call_id!r} in {places}; the list page of `view` shows the ids.")


def single_page(shown: ShownCall) -> str:
    """Return the HTML of a call with everything in it; nothing else may run there, by its content policy."""
    entry: dict[str, Any] = {"key": f"0/{shown.id}", "record": shown.fields, "audio": None, "peaks": [], "models": []}
    if shown.recording:
        entry |= {"audio": inlined(shown.recording), "peaks": peaks(shown.recording)}
    data = put("only", "key", entry["key"]) + put("calls", entry["key"], entry)
    script = b"\n".join([asset(CORE[0]), data, *(asset(name) for name in (*CORE[1:], *CALL))])
    style = asset(STYLE)
    return render(
        "single",
        call_id=shown.id,
        has_results=False,
        script=_own(script),
        style=_own(style),
        script_hash=_policy_hash(script),
        style_hash=_policy_hash(style),
    )


def inlined(recording: Path) -> str:
    """Return a recording as a data URL; WAV becomes FLAC, half the size and the same samples."""
    if recording.suffix == ".wav":
        wave, rate = soundfile.read(recording, dtype="int16", always_2d=True)
        smaller = io.BytesIO()
        soundfile.write(smaller, wave, rate, format="FLAC", subtype="PCM_16")
        sound, kind = smaller.getvalue(), "audio/flac"
    else:
        sound, kind = recording.read_bytes(), _TYPES[recording.suffix]
    return f"data:{kind};base64,{base64.b64encode(sound).decode()}"


def _own(text: bytes) -> Markup:
    """Mark our own style and scripts as such; the data among them is JSON without `<`."""
    return Markup(text.decode())  # noqa: S704


def _policy_hash(text: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}"
