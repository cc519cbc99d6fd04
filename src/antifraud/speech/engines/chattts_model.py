"""ChatTTS with many voices and styles in one batch, exact lengths and bounds; for its worker process alone.

`ChatTTS.Chat.infer` gives every row of a batch the same voice and the same style, pads all rows to the longest, drops
every sample that is nearly 0 and tells nobody which row ended by itself. The classes here change just that.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import ChatTTS
import numpy as np
import torch
from ChatTTS.model.speaker import Speaker
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24000
SAMPLES_PER_TOKEN = 512
MOST_TOKENS = 2048
"""ChatTTS's own limit of an utterance, 43.7 s."""
REFINE_TOKENS_PER_CHARACTER, REFINE_TOKENS_BESIDES = 2, 32
"""Bound of a refined text: its characters and breaks; a design choice, far above what keeps the words."""
_BREAKS = re.compile(r"\[(?:uv_break|v_break|lbreak|llbreak|laugh)\]")
"""What refining may add; any other token in brackets, as [spk_emb], counts as a changed word."""
_UNHEARD = re.compile(r"[\s，。、,.]")
"""Marks may come and go when breaks are placed; words may not."""

Wave = NDArray[np.float32]


class UnfitRequest(Exception):
    """This request can never be spoken."""


@dataclass(frozen=True)
class Row:
    """One utterance of a batch."""

    text: str
    """Hanzi, letters, spaces and ，。、 only."""
    marked: str
    """The text with breaks and laughter placed by rule."""
    speaker: str
    """As `ChatTTS.Chat.sample_random_speaker` returns it."""
    speed: int
    oral: int
    laugh: int
    pause: int
    max_tokens: int


@dataclass(frozen=True)
class Sampling:
    """How the tokens of speech are drawn."""

    seed: int
    refine: bool
    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float


@dataclass(frozen=True)
class Spoken:
    """One row as it sounds."""

    wave: Wave
    is_finished: bool
    """The model ended it; else it was cut at its bound."""
    fell_back: bool
    """The model changed words while it placed breaks, so the rule placed them."""


class RowSpeaker(Speaker):  # type: ignore[misc]  # ChatTTS has no types
    """Voices and prompts that differ from row to row."""

    def __init__(self, dim: int, spk_cfg: str) -> None:
        super().__init__(dim, spk_cfg)  # on the CPU, so that every device draws the same voices
        self.code_prompts: list[str] = []
        self.text_prompts: list[str] = []

    def read(self, speakers: Sequence[str]) -> torch.Tensor:
        """Return voices as a tensor, shape (rows, dim).

        Raises:
            UnfitRequest: a string is not a voice of this model.
        """
        rows = []
        for speaker in speakers:
            try:
                rows.append(self._decode(speaker))
            except (ValueError, RuntimeError, lzma.LZMAError) as exc:
                raise UnfitRequest(f"not a ChatTTS speaker: {speaker[:20]!r} ({exc})") from exc
            if rows[-1].shape != (self.dim,):
                raise UnfitRequest(
                    f"a speaker holds {rows[-1].size} values, this model takes {self.dim};"
                    " build the voice bank with the weights that speak it"
                )
        return torch.from_numpy(np.stack(rows))

    def apply(
        self,
        emb: torch.Tensor,
        spk_emb: torch.Tensor,
        input_ids: torch.Tensor,
        spk_emb_ids: int,
        device: torch.device,
        inplace: bool = True,
    ) -> torch.Tensor:
        """Put each row's voice where its prompt leaves room for it."""
        with torch.inference_mode():
            voices = torch.nn.functional.normalize(spk_emb, p=2.0, dim=1, eps=1e-12).to(device)
            here = input_ids.narrow(-1, 0, 1).eq(spk_emb_ids).to(emb.device)
            return torch.where(here, voices.to(emb.device)[:, None, :], emb, out=emb if inplace else None)

    def decorate_code_prompts(self, text: list[str], *_: Any) -> list[str]:
        """Return what is to be spoken, each row with its own speed."""
        return [
            f"[Stts][spk_emb]{style}{words.strip()}[Ptts]" for style, words in zip(self.code_prompts, text, strict=True)
        ]

    def decorate_text_prompts(self, text: list[str], *_: Any) -> list[str]:
        """Return what is to be refined, each row with its own style."""
        return [f"[Sbreak]{words}[Pbreak]{style}" for style, words in zip(self.text_prompts, text, strict=True)]


class Limits:
    """A logits processor that keeps each row from ending before its least length and ends it at its longest."""

    def __init__(self, least: Sequence[int], most: Sequence[int], device: torch.device) -> None:
        self._least = torch.tensor(least, device=device)
        self._most = torch.tensor(most, device=device)
        self.end = 0
        """Token that ends a row; known when the model starts."""

    def __call__(self, tokens: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (rows * codebooks, tokens of the vocabulary), of which `tokens` were drawn so far."""
        step, books = tokens.shape[1], logits.shape[0] // len(self._least)
        early = (self._least > step).repeat_interleave(books)
        late = (self._most <= step).repeat_interleave(books)
        ends = logits[:, self.end].masked_fill(early, -torch.inf).masked_fill(late, 0.0)
        logits = logits.masked_fill(late[:, None], -torch.inf)
        logits[:, self.end] = ends
        return logits


class RowChat(ChatTTS.Chat):  # type: ignore[misc]  # ChatTTS has no types
    """ChatTTS for batches of rows; see the module."""

    limits: Limits

    def prepare(self, fixed_tokens_per_character: int | None) -> None:
        """Take over what differs from row to row, once the weights are loaded."""
        self._fixed = fixed_tokens_per_character
        self.speaker = RowSpeaker(self.config.gpt.hidden_size, self.config.spk_stat)
        self.waves: list[Wave] = []
        self.tokens: list[int] = []
        self.gpt.generate = self._limited(self.gpt.generate)

    def speak(self, rows: Sequence[Row], sampling: Sampling) -> list[Spoken]:
        """Return every row as it sounds; the same rows with the same seed sound the same.

        Raises:
            UnfitRequest: a speaker is not one of this model.
        """
        voices = self.speaker.read([row.speaker for row in rows])
        texts = self._refined(rows, sampling) if sampling.refine else [None for _ in rows]
        self.speaker.code_prompts = [f"[speed_{row.speed}]" for row in rows]
        most = [min(row.max_tokens, MOST_TOKENS) for row in rows]
        if self._fixed is None:
            least, ends = [1 for _ in rows], most
        else:
            least = [self._fixed * len(row.text) for row in rows]
            ends = [min(fixed, bound) for fixed, bound in zip(least, most, strict=True)]
        self.limits = Limits(least, ends, self.device)
        params = self.InferCodeParams(
            spk_emb=voices,
            temperature=sampling.temperature,
            top_P=sampling.top_p,
            top_K=sampling.top_k,
            repetition_penalty=sampling.repetition_penalty,
            max_new_token=max(ends) + 1,
            show_tqdm=False,
        )
        torch.manual_seed(sampling.seed)
        words = [text or row.marked for text, row in zip(texts, rows, strict=True)]
        self._infer_rows(words, skip_refine_text=True, params_infer_code=params)
        return [
            Spoken(wave, count < bound, sampling.refine and text is None)
            for wave, count, bound, text in zip(self.waves, self.tokens, most, texts, strict=True)
        ]

    def sample_speakers(self, count: int, seed: int) -> list[str]:
        """Return voices drawn from the model's own distribution."""
        torch.manual_seed(seed)
        return [self.sample_random_speaker() for _ in range(count)]

    def _refined(self, rows: Sequence[Row], sampling: Sampling) -> list[str | None]:
        """Return each text with the breaks the model places; None where it changed the words."""
        self.speaker.text_prompts = [f"[oral_{row.oral}][laugh_{row.laugh}][break_{row.pause}]" for row in rows]
        most = [REFINE_TOKENS_PER_CHARACTER * len(row.text) + REFINE_TOKENS_BESIDES for row in rows]
        self.limits = Limits([1 for _ in rows], most, self.device)
        params = self.RefineTextParams(max_new_token=max(most) + 1, show_tqdm=False)
        torch.manual_seed(sampling.seed)
        texts = self._infer_rows([row.text for row in rows], refine_text_only=True, params_refine_text=params)
        return [text if _words(text) == _words(row.text) else None for text, row in zip(texts, rows, strict=True)]

    def _infer_rows(self, texts: list[str], **options: Any) -> Any:
        return self.infer(
            texts, split_text=False, do_text_normalization=False, do_homophone_replacement=False, **options
        )

    def _limited(self, generate: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
        """Add the limits to what draws tokens."""

        def limited(*arguments: Any, **options: Any) -> Iterator[Any]:
            self.limits.end = options["eos_token"]
            options["logits_processors"] = (*options["logits_processors"], self.limits)
            yield from generate(*arguments, **options)

        return limited

    def _decode_to_wavs(self, result_list: list[torch.Tensor], use_decoder: bool) -> list[Wave]:
        """Keep each row at its own length; return none, so that nothing is dropped from them."""
        self.tokens = [result.size(0) for result in result_list]
        padded = super()._decode_to_wavs(result_list, use_decoder)
        self.waves = [wave[: count * SAMPLES_PER_TOKEN] for wave, count in zip(padded, self.tokens, strict=True)]
        return []


def set_sizes(config: Any, sizes: Any, where: str = "sizes") -> None:
    """Set the fields of ChatTTS's config that a model file names.

    Raises:
        UnfitRequest: a name is not a field.
    """
    known = {field.name for field in fields(config)}
    for name, value in sizes.items():
        if name not in known:
            raise UnfitRequest(f"{where}.{name} is not in ChatTTS's config; expected one of {', '.join(sorted(known))}")
        old = getattr(config, name)
        if is_dataclass(old):
            set_sizes(old, value, f"{where}.{name}")
        else:
            setattr(config, name, tuple(value) if isinstance(old, tuple) else value)


def _words(text: str) -> str:
    return _UNHEARD.sub("", _BREAKS.sub("", text)).casefold()
