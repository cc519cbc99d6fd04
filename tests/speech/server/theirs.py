"""The requests of others, as they send them."""

from __future__ import annotations

from typing import Any

TEXTS = ["四川美食确实以辣闻名，但也有不辣的选择。", "您好，请问是陈女士吗？"]


def chattts_request(*texts: str, **fields: Any) -> dict[str, Any]:
    """The body that ChatTTS's example client posts to /generate_voice: every field, every type."""
    return {
        "text": list(texts or TEXTS),
        "stream": False,
        "lang": None,
        "skip_refine_text": True,
        "refine_text_only": False,
        "use_decoder": True,
        "audio_seed": 12345678,
        "text_seed": 87654321,
        "do_text_normalization": True,
        "do_homophone_replacement": False,
        "params_refine_text": {
            "prompt": "",
            "top_P": 0.7,
            "top_K": 20,
            "temperature": 0.7,
            "repetition_penalty": 1,
            "max_new_token": 384,
            "min_new_token": 0,
            "show_tqdm": True,
            "ensure_non_empty": True,
            "stream_batch": 24,
        },
        "params_infer_code": infer_code(stream_batch=True),
        **fields,
    }


def fork_request(*texts: str, manual_seed: int | None = 2024, **fields: Any) -> dict[str, Any]:
    """The body of the fork in TeleAntiFraud: the seed is a parameter of speaking, no refinement."""
    body = chattts_request(*texts)
    for name in ("audio_seed", "text_seed"):
        del body[name]
    return {
        **body,
        "params_refine_text": None,
        "params_infer_code": infer_code(stream_batch=24, manual_seed=manual_seed),
        **fields,
    }


def infer_code(**fields: Any) -> dict[str, Any]:
    """The parameters of speaking that both send."""
    return {
        "prompt": "[speed_5]",
        "top_P": 0.1,
        "top_K": 20,
        "temperature": 0.3,
        "repetition_penalty": 1.05,
        "max_new_token": 2048,
        "min_new_token": 0,
        "show_tqdm": True,
        "ensure_non_empty": True,
        "spk_emb": None,
        **fields,
    }
