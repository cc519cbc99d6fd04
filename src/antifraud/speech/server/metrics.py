"""What the server counts, for Prometheus; in a registry of its own, so that two servers can live in one process."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counts since the start."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._utterances = Counter(
            "antifraud_tts_utterances", "Utterances by how they ended", ["result"], registry=self._registry
        )
        for result in ("spoken", "failed", "dropped", "refused"):
            self._utterances.labels(result)
        self._audio = Counter("antifraud_tts_audio_seconds", "Seconds of speech made", registry=self._registry)
        self._batches = Histogram(
            "antifraud_tts_batch_utterances", "Utterances in a batch", buckets=BATCH_SIZES, registry=self._registry
        )
        self._seconds = Histogram("antifraud_tts_batch_seconds", "Time to speak a batch", registry=self._registry)

    def watch(self, waiting: Callable[[], float], running: Callable[[], float], ready: Callable[[], float]) -> None:
        """Read three figures whenever somebody asks."""
        for name, meaning, figure in (
            ("waiting_utterances", "Utterances in the queue", waiting),
            ("running_utterances", "Utterances being spoken", running),
            ("ready", "1 while the server can speak", ready),
        ):
            Gauge(f"antifraud_tts_{name}", meaning, registry=self._registry).set_function(figure)

    def count(self, result: str, utterances: int = 1) -> None:
        """Count utterances that ended as spoken, failed, dropped or refused."""
        self._utterances.labels(result).inc(utterances)

    def counted(self, result: str) -> int:
        """Return how many ended that way."""
        value = self._registry.get_sample_value("antifraud_tts_utterances_total", {"result": result})
        return int(value or 0)

    def batch(self, utterances: int, seconds: float, audio_seconds: float) -> None:
        """Note a batch that was spoken."""
        self._batches.observe(utterances)
        self._seconds.observe(seconds)
        self._audio.inc(audio_seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
