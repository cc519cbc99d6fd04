"""The zip that answers a request for several texts: 0.mp3, 1.mp3 and so on, in their order."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Literal

from antifraud.speech.engines import SpeechFailed
from antifraud.speech.server.encoding import encoded, float_wav
from antifraud.speech.server.queueing import Answer
from antifraud.speech.server.replies import FAILURES

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first date that zip knows, so that the same speech makes the same bytes."""


def archive(answers: Sequence[Answer], sample_rate_hz: int, form: Literal["mp3", "wav"], engine: str) -> bytes:
    """Return every utterance that was spoken as a file of its own, and the reasons for the others.

    Args:
        engine: name and version of what spoke.
    """
    file = io.BytesIO()
    failures = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as pack:
        for index, answer in enumerate(answers):
            if isinstance(answer, SpeechFailed):
                failures[str(index)] = str(answer)
                continue
            if form == "wav":
                sound = float_wav(answer, sample_rate_hz)
            else:
                sound = encoded(answer, sample_rate_hz, form, engine)
            pack.writestr(zipfile.ZipInfo(f"{index}.{form}", _LONG_AGO), sound)
        if failures:
            told = json.dumps(failures, ensure_ascii=False)
            pack.writestr(zipfile.ZipInfo(FAILURES, _LONG_AGO), told)
    return file.getvalue()
