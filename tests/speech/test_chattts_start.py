"""How ChatTTS is started: what its process shares with whom, and one clear line for whatever is missing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from antifraud.errors import EngineError
from antifraud.speech.engines.chattts import WORKER, ChatttsEngine, _launches, visible_gpus
from antifraud.speech_config import ChatttsConfig, SpeechConfig
from tests.speech.chattts_assets import config_for
from tests.speech.processes import end_by_themselves, workers_of


def test_a_parent_imports_neither_torch_nor_chattts_and_takes_its_workers_with_it(chattts_folder: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from antifraud.labels import Emotion\n"
        "from antifraud.speech.voices.bank import read_bank\n"
        "from antifraud.speech.engines import Utterance\n"
        "from antifraud.speech.engines.chattts import ChatttsEngine\n"
        "from antifraud.speech_config import ChatttsConfig, SpeechConfig\n"
        "async def main():\n"
        f"    folder = Path({str(chattts_folder)!r})\n"
        "    chattts = ChatttsConfig(assets=folder, model=folder / 'model.json', device='cpu')\n"
        "    engine = ChatttsEngine(SpeechConfig(workers=1, chattts=chattts), read_bank(folder / 'bank.jsonl'))\n"
        "    await engine.start()\n"
        "    words = Utterance('您好，请问' * 18, engine.voices('女')[0].voice, Emotion.NEUTRAL, '', 1)\n"
        "    [wave] = await engine.speak([words])\n"
        "    print(len(wave), *sys.modules, flush=True)\n"
        "    await engine.speak([words])\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        length, *modules = parent.stdout.readline().split()
        processes = workers_of(parent.pid, WORKER)
        parent.kill()  # while its worker speaks
    assert int(length) > 0
    assert not {"torch", "ChatTTS", "torchaudio", "transformers"} & set(modules)
    assert len(processes) == 1
    assert end_by_themselves(processes)


def test_one_row_sounds_as_chattts_itself_says_it(chattts_folder: Path) -> None:
    code = f"""
import json, sys
from pathlib import Path
sys.path.insert(0, {str(WORKER.parent)!r})
from chattts_worker import load
folder = Path({str(chattts_folder)!r})
start = {{"assets": str(folder), "model": str(folder / "model.json"), "device": "cpu", "compile": False}}
chat, _ = load(start)
import ChatTTS, numpy, torch
from chattts_model import Row, Sampling, _words
speaker = chat.sample_speakers(1, 5)[0]
row = Row("您好请问", "您好[uv_break]请问", speaker, 5, 2, 0, 4, 64)
[ours] = chat.speak([row], Sampling(9, False, 0.3, 0.7, 20, 1.05))
theirs = ChatTTS.Chat()
theirs.config, theirs.sha256_map = chat.config, chat.sha256_map
assert theirs.load(source="custom", custom_path=str(folder), device=torch.device("cpu"))
params = theirs.InferCodeParams(spk_emb=speaker, min_new_token=8, max_new_token=8, show_tqdm=False)
torch.manual_seed(9)
options = dict(split_text=False, do_text_normalization=False, do_homophone_replacement=False, skip_refine_text=True)
[wave] = theirs.infer([row.marked], params_infer_code=params, **options)
loud = ours.wave[numpy.abs(ours.wave) > 1e-5]
print(len(ours.wave), numpy.array_equal(loud, wave))
print(_words("您 好 [uv_break] ， 请 问 [laugh]") == _words("您好，请问。"), _words("嗯 您 好") == _words("您好"))
print(_words("您 好 [spk_emb] 请 问") == _words("您好请问"))
"""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert answer.stdout.split() == ["3840", "True", "True", "False", "False"], answer.stderr


def damaged(folder: Path, chattts_folder: Path) -> Path:
    shutil.copytree(chattts_folder, folder / "copy")
    return folder / "copy"


async def refusal(config: SpeechConfig) -> str:
    """Return why the engine does not start."""
    with pytest.raises(EngineError) as caught:
        await ChatttsEngine(config, []).start()
    message = str(caught.value)
    assert "\n" not in message
    return message


async def test_a_missing_file_is_named_and_where_to_get_it(chattts_folder: Path, tmp_path: Path) -> None:
    copy = damaged(tmp_path, chattts_folder)
    (copy / "asset" / "gpt" / "config.json").unlink()
    message = await refusal(config_for(copy))
    assert "lacks asset/gpt/config.json" in message
    assert "https://huggingface.co/2Noise/ChatTTS" in message


async def test_weights_other_than_the_released_ones_are_told_by_their_checksum(chattts_folder: Path) -> None:
    message = await refusal(config_for(chattts_folder, model=None))
    assert "DVAE.safetensors: sha256 is " in message
    assert "expected 1d0b044a8368c0513100a2eca98456b289e6be6a18b7a63be1bcaa315ea874d9" in message


async def test_a_file_that_was_cut_is_named(chattts_folder: Path, tmp_path: Path) -> None:
    copy = damaged(tmp_path, chattts_folder)
    weights = copy / "asset" / "Vocos.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    model = json.loads((copy / "model.json").read_text())
    model["sha256"]["asset/Vocos.safetensors"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    (copy / "model.json").write_text(json.dumps(model))
    assert "Vocos.safetensors: is a safetensors file that was cut or grown" in await refusal(config_for(copy))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sizes": {"gpt": {"layers": 3}}}, "sizes.gpt.layers is not in ChatTTS's config; expected one of hidden_size"),
        ({"sizes": {}}, "do not fit the sizes they are loaded with"),
        ({"sha256": {}}, "sha256 names \\[\\]; expected asset/DVAE.safetensors"),
        ({"more": 1}, "expected an object with sizes, sha256 and fixed_tokens_per_character, no more"),
    ],
    ids=["unknown size", "other sizes", "no checksums", "unknown key"],
)
async def test_a_model_file_that_does_not_fit_is_refused(
    chattts_folder: Path, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    model = tmp_path / "model.json"
    model.write_text(json.dumps(json.loads((chattts_folder / "model.json").read_text()) | change))
    assert re.search(why, await refusal(config_for(chattts_folder, model=model)))


async def test_a_device_that_is_not_there_is_refused(chattts_folder: Path) -> None:
    assert "sees no mps device here; expected one of" in await refusal(config_for(chattts_folder, device="mps"))


async def test_without_weights_or_package_the_engine_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "synthesize.chattts.assets is not set" in await refusal(SpeechConfig())
    monkeypatch.setitem(sys.modules, "ChatTTS", None)
    assert "pip install 'antifraud[chattts]'" in await refusal(SpeechConfig())


def test_workers_are_spread_over_the_gpus_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 5")
    assert visible_gpus() == ["2", "5"]
    launches = _launches(SpeechConfig(workers=3, chattts=ChatttsConfig(device="cuda")))
    seen = [launch.environment["CUDA_VISIBLE_DEVICES"] for launch in launches if launch.environment]
    assert seen == ["2", "5", "2"]
