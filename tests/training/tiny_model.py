"""A Qwen2-Audio of the real classes with random weights, small enough to train in a test."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    Qwen2AudioProcessor,
    WhisperFeatureExtractor,
    set_seed,
)

MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
HEARD_SECONDS = 8
WIDTH = 32


def tiny_tokenizer(texts: Iterable[str]) -> Any:
    """Byte-pair encoding learnt from the texts, with the marks of Qwen2-Audio's chat form."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=list(MARKS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=list(MARKS[1:]),
        padding_side="left",
    )


def save_tiny_qwen2_audio(texts: Iterable[str], folder: Path) -> None:
    """Save model and processor; of a recording it hears the first `HEARD_SECONDS`."""
    set_seed(1)
    words = tiny_tokenizer(texts)
    ears = WhisperFeatureExtractor(feature_size=128, chunk_length=HEARD_SECONDS)
    audio = {
        "model_type": "qwen2_audio_encoder",
        "num_mel_bins": 128,
        "d_model": WIDTH,
        "encoder_layers": 1,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 64,
        "max_source_positions": 50 * HEARD_SECONDS,
    }
    text = {
        "model_type": "qwen2",
        "vocab_size": len(words),
        "hidden_size": WIDTH,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 2048,
    }
    mark = words.convert_tokens_to_ids("<|AUDIO|>")
    config = Qwen2AudioConfig(audio_config=audio, text_config=text, audio_token_index=mark)
    Qwen2AudioForConditionalGeneration(config).save_pretrained(folder)
    Qwen2AudioProcessor(feature_extractor=ears, tokenizer=words).save_pretrained(folder)
