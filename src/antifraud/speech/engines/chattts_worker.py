"""The process that runs ChatTTS: a request line on stdin, a reply on stdout, until stdin ends.

ChatTTS is AGPL-3.0-or-later and torch is large: both live here alone. Run as a file, it imports no other part of
antifraud but the two files beside it that are made for it.

The first line says how to start: {"assets", "model", "device", "compile"}; the hello that answers it holds version,
device, sample_rate_hz and torchaudio. Then {"speak": [row...], "sampling": {...}} is answered by {"samples": [n...],
"finished": [...], "fell_back": n, "bytes": n} and the samples as little-endian float32: 16-bit integers would clip
what the model peaks above 1 and round what is quiet, before anybody could set a level. {"sample_speakers": n, "seed":
n} is answered by {"speakers": [...]}. {"refused": why} answers what can never be spoken.
"""

from __future__ import annotations

import copy
import importlib.metadata
import importlib.util
import json
import logging
import os
import queue
import signal
import sys
import threading
import types
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antifraud.speech.engines import chattts_model
if TYPE_CHECKING or __package__:
    from antifraud.speech.engines.chattts_weights import (
        FILES,
        Model,
        UnfitWeights,
        check_weights,
        fingerprint,
        read_model,
    )
else:  # run as a file: its folder is where Python looks first
    from chattts_weights import FILES, Model, UnfitWeights, check_weights, fingerprint, read_model

THREADS = 1
"""More threads sum in another order, so that a machine with other cores would speak other bytes; use more workers."""

Reply = dict[str, Any]


class CannotStart(Exception):
    """What is missing or wrong, and what to do."""


def import_torchaudio() -> str:
    """Import torchaudio and return what was loaded of it: all of it ("binary") or its Python code ("python").

    Its wheels link CUDA libraries that a CPU-only torch does not bring; ChatTTS needs nothing that is in the binary.
    """
    try:
        import torchaudio
    except OSError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchaudio"]:
            del sys.modules[name]
        extension: Any = types.ModuleType("torchaudio._extension")
        extension._IS_TORCHAUDIO_EXT_AVAILABLE = extension._IS_ALIGN_AVAILABLE = False
        extension._check_cuda_version = lambda: None
        extension.fail_if_no_align = lambda function: function
        sys.modules["torchaudio._extension"] = extension
        import torchaudio  # noqa: F401

        return "python"
    return "binary"


def choose_device(wanted: str) -> str:
    """Return the device to load on.

    Raises:
        CannotStart: torch does not see the one that is wanted.
    """
    import torch

    ready = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(device for device, is_ready in ready.items() if is_ready)
    if not ready[wanted]:
        raise CannotStart(
            f"torch {torch.__version__} sees no {wanted} device here; expected one of"
            f" {', '.join(name for name in ready if ready[name])}. Set synthesize.chattts.device."
        )
    return wanted


def released_model() -> Model:
    """Return the weights that ChatTTS itself lists, without importing it.

    Raises:
        CannotStart: it is not installed.
    """
    spec = importlib.util.find_spec("ChatTTS")
    if spec is None or spec.origin is None:
        raise CannotStart("ChatTTS is not installed. Run: pip install 'antifraud[chattts]'")
    checksums = json.loads(Path(spec.origin).with_name("res").joinpath("sha256_map.json").read_bytes())
    return Model({}, {name: checksums[_key(name)] for name in FILES}, None)


def _key(name: str) -> str:
    """Return how ChatTTS names the checksum of a file."""
    return "sha256_" + name.replace("/", "_").replace(".", "_")


def load(start: dict[str, Any]) -> tuple[chattts_model.RowChat, Reply]:
    """Return the loaded model and the hello that tells of it.

    Raises:
        CannotStart: with the reason, in one line.
    """
    try:  # files first: what is wrong with them shows at once, torch takes its time
        model = read_model(Path(start["model"])) if start["model"] else released_model()
        check_weights(Path(start["assets"]), model.sha256)
    except UnfitWeights as exc:
        raise CannotStart(str(exc)) from exc
    try:
        torchaudio = import_torchaudio()
        if not TYPE_CHECKING:
            import chattts_model
    except ImportError as exc:
        raise CannotStart(f"{exc}. Run: pip install 'antifraud[chattts]'") from exc
    device = choose_device(start["device"])
    chat = chattts_model.RowChat()
    chat.config = copy.deepcopy(chat.config)  # ChatTTS shares its default among all
    try:
        chattts_model.set_sizes(chat.config, model.sizes)
    except chattts_model.UnfitRequest as exc:
        raise CannotStart(f"{start['model']}: {exc}") from exc
    chat.sha256_map = {_key(name): digest for name, digest in model.sha256.items()}
    _load_weights(chat, start, device)
    chat.prepare(model.fixed_tokens_per_character)
    hello = {
        "version": f"{importlib.metadata.version('chattts')} weights {fingerprint(model)}",
        "device": device,
        "sample_rate_hz": chattts_model.SAMPLE_RATE_HZ,
        "torchaudio": torchaudio,
    }
    return chat, hello


def _load_weights(chat: chattts_model.RowChat, start: dict[str, Any], device: str) -> None:
    import torch

    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(device == "cuda", warn_only=True)
    try:
        is_loaded = chat.load(
            source="custom", custom_path=start["assets"], device=torch.device(device), compile=start["compile"]
        )
    except (OSError, RuntimeError, ValueError, KeyError) as exc:
        raise CannotStart(
            f"the weights in {start['assets']} do not fit the sizes they are loaded with:"
            f" {' '.join(str(exc).split())[:300]}. Correct synthesize.chattts.model."
        ) from exc
    if not is_loaded:
        raise CannotStart(f"ChatTTS does not take the weights in {start['assets']}; see its log")


def answer(chat: chattts_model.RowChat, request: dict[str, Any]) -> tuple[Reply, bytes]:
    """Return the head of the reply and the samples that follow it."""
    if not TYPE_CHECKING:
        import chattts_model
    if "sample_speakers" in request:
        return {"speakers": chat.sample_speakers(request["sample_speakers"], request["seed"])}, b""
    rows = [chattts_model.Row(**row) for row in request["speak"]]
    try:
        spoken = chat.speak(rows, chattts_model.Sampling(**request["sampling"]))
    except chattts_model.UnfitRequest as exc:
        return {"refused": str(exc)}, b""
    head = {
        "samples": [len(row.wave) for row in spoken],
        "finished": [row.is_finished for row in spoken],
        "fell_back": sum(row.fell_back for row in spoken),
    }
    return head, b"".join(row.wave.astype("<f4").tobytes() for row in spoken)


def reply(out: IO[bytes], head: Reply, samples: bytes = b"") -> None:
    out.write(json.dumps(head | {"bytes": len(samples)}).encode() + b"\n")
    out.write(samples)
    out.flush()


def requests() -> queue.SimpleQueue[bytes]:
    """Return a queue that fills with the lines of stdin; the process ends with them, whatever it is at."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; this process ends with its stdin
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not come between the replies
    logging.disable(logging.WARNING)
    lines = requests()
    try:
        chat, hello = load(json.loads(lines.get()))
    except CannotStart as exc:
        reply(out, {"failed": str(exc)})
        os._exit(1)  # the thread at stdin would hold up an orderly end
    reply(out, hello)
    while True:
        reply(out, *answer(chat, json.loads(lines.get())))


if __name__ == "__main__":
    main()
