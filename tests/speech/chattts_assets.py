"""Small random weights in the form of ChatTTS's own, and voices for them: its code runs on them as on the real ones.

Run as a file, so that torch stays out of the tests' process: chattts_assets.py FOLDER [--real-size].
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from antifraud.speech.engines import GENDERS
from antifraud.speech.engines.chattts_weights import FILES
from antifraud.speech.engines.chattts_worker import import_torchaudio
from antifraud.speech.voices.bank import BankVoice
from antifraud.speech_config import ChatttsConfig, SpeechConfig
from antifraud.store.lines import dump_line

HIDDEN = 64
"""Size of the small model; decoders, quantiser and head must agree with it and with each other."""
MEL, NARROW, WORDS = 32, 16, 21178
PLAIN = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LEVELS = {"break": 8, "laugh": 3, "oral": 10, "speed": 10}
CONTROLS = [
    *(f"[{side}{kind}]" for kind in ("asr", "tts", "break") for side in "SPE"),
    *(f"[{name}]" for name in ("uv_break", "v_break", "lbreak", "llbreak", "undefine", "laugh")),
    *(f"[{name}]" for name in ("spk_emb", "empty_spk", "music", "pure")),
    *(f"[{name}_{level}]" for name, count in LEVELS.items() for level in range(count)),
]
"""ChatTTS expects the levels to hold the highest ids: what it takes for text lies below [break_0]."""


def config_for(folder: Path, workers: int = 1, **chattts: Any) -> SpeechConfig:
    """Return a config that speaks with the weights built in `folder`."""
    settings = {"assets": folder, "model": folder / "model.json", "device": "cpu"} | chattts
    return SpeechConfig(workers=workers, timeout_seconds=60, chattts=ChatttsConfig(**settings))


def small_sizes() -> dict[str, Any]:
    """Return what differs from ChatTTS's own sizes."""
    import pybase16384

    half = HIDDEN // 2

    def decoder(inputs: int, outputs: int) -> dict[str, int]:
        return {"idim": inputs, "odim": outputs, "hidden": MEL, "n_layer": 2, "bn_dim": NARROW}

    spread_then_mean = np.concatenate([np.ones(HIDDEN), np.zeros(HIDDEN)]).astype(np.float16)
    return {
        "decoder": decoder(half, half),
        "dvae": {"encoder": decoder(MEL, 2 * MEL), "decoder": decoder(MEL, MEL), "vq": {"dim": 2 * MEL}},
        "embed": {"hidden_size": HIDDEN, "num_text_tokens": WORDS},
        "gpt": {
            "hidden_size": HIDDEN,
            "intermediate_size": 2 * HIDDEN,
            "num_attention_heads": 4,
            "num_hidden_layers": 2,
            "num_text_tokens": WORDS,
        },
        "vocos": {
            "head": {"init_args": {"dim": MEL}},
            "backbone": {"init_args": {"dim": MEL, "intermediate_dim": 2 * MEL, "num_layers": 2}},
        },
        "spk_stat": pybase16384.encode_to_string(spread_then_mean.tobytes()),
    }


def build(folder: Path, sizes: dict[str, Any], fixed_tokens_per_character: int | None, seed: int = 0) -> Path:
    """Write `folder`/asset with random weights of these sizes; return the model file that describes them."""
    import torch
    from ChatTTS.config import Config

    from antifraud.speech.engines.chattts_model import set_sizes

    torch.manual_seed(seed)
    config = Config()
    set_sizes(config, sizes)
    _write_parts(folder / "asset", config)
    _write_tokenizer(folder / "asset" / "tokenizer", config.gpt.num_text_tokens)
    model = folder / "model.json"
    describe(folder, model, sizes, fixed_tokens_per_character)
    _write_bank(folder / "bank.jsonl", config)
    return model


def describe(folder: Path, model: Path, sizes: dict[str, Any], fixed_tokens_per_character: int | None) -> None:
    """Write the model file of the weights in `folder`."""
    checksums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    found = {"sizes": sizes, "sha256": checksums, "fixed_tokens_per_character": fixed_tokens_per_character}
    model.write_text(json.dumps(found))


def _write_parts(asset: Path, config: Any) -> None:
    from ChatTTS.model import DVAE, Embed
    from safetensors.torch import save_file
    from transformers import LlamaConfig, LlamaModel
    from vocos import Vocos  # type: ignore[import-untyped]
    from vocos.pretrained import instantiate_class  # type: ignore[import-untyped]

    asset.mkdir(parents=True)
    dvae, embed, vocos = config.dvae, config.embed, config.vocos
    voices = [instantiate_class((), asdict(part)) for part in (vocos.feature_extractor, vocos.backbone, vocos.head)]
    parts = {
        "Vocos": Vocos(*voices),
        "DVAE": DVAE(asdict(dvae.decoder), asdict(dvae.encoder), asdict(dvae.vq), dim=dvae.decoder.idim),
        "Decoder": DVAE(asdict(config.decoder), dim=config.decoder.idim),
        "Embed": Embed(embed.hidden_size, embed.num_audio_tokens, embed.num_text_tokens, embed.num_vq),
    }
    for name, part in parts.items():
        tensors = {key: tensor.contiguous().clone() for key, tensor in part.state_dict().items()}
        save_file(tensors, asset / f"{name}.safetensors")
    few_words = 8  # ChatTTS throws the embedding of this part away
    LlamaModel(LlamaConfig(**asdict(config.gpt), vocab_size=few_words)).save_pretrained(asset / "gpt")


def _write_tokenizer(folder: Path, size: int) -> None:
    """Write a vocabulary of characters with the control tokens at its end."""
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

    folder.mkdir()
    characters = [*map(chr, range(33, 127)), *"，。、", *map(chr, range(0x4E00, 0x9FA6))]
    words = [*PLAIN, *characters][: size - len(CONTROLS)]
    words += [f"[unused{number}]" for number in range(size - len(CONTROLS) - len(words))]
    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(words)}, unk_token=PLAIN[1]))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in [*PLAIN, *CONTROLS]])
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), PLAIN, strict=True))
    special = roles | {"additional_special_tokens": CONTROLS}
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    (folder / "tokenizer_config.json").write_text(json.dumps(special | {"tokenizer_class": "BertTokenizerFast"}))


def _write_bank(path: Path, config: Any) -> None:
    """Write eight voices drawn from the model, with made-up measures, four of each gender."""
    from ChatTTS.model.speaker import Speaker

    speaker = Speaker(config.gpt.hidden_size, config.spk_stat)
    measures = {"youngest": 18, "oldest": 70, "f0_hz": 150.0, "characters_per_second": 5.0, "level_dbfs": -26.0}
    voices = [
        BankVoice(name=f"voice-{number}", engine="chattts", speaker=speaker.sample_random(), gender=gender, **measures)
        for number, gender in enumerate(GENDERS * 4)
    ]
    path.write_bytes(b"".join(map(dump_line, voices)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--real-size", action="store_true")
    parser.add_argument("--fixed", type=int, default=2)
    given = parser.parse_args()
    import_torchaudio()
    import torch

    torch.set_num_threads(1)
    build(given.folder, {} if given.real_size else small_sizes(), given.fixed)


if __name__ == "__main__":
    main()
