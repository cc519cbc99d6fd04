from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from antifraud.cli import inspection
from tests.conftest import CommandLine, clean_environment, command

ROOT = Path(__file__).parents[2]
SMALL = ("--set", "generate.fraud.count=3", "--set", "generate.lawful.count=3", "--run", "small", "-q")
HEAVY = {"scipy", "av", "fastapi", "torch", "openai", "numpy", "soundfile", "pydantic", "httpx"}


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(
        "run: {name: small, seed: 3}\ngenerate: {fraud: {count: 4}, lawful: {count: 4}}\nbench: {share: 0.3}\n",
        encoding="utf-8",
    )
    return path


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, contextlib; sys.argv = ['antifraud', '--help']\n"
        "from antifraud.cli.app import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split("LOADED")[1].split()}
    assert "generate-fraud" in done.stdout
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    "name",
    [
        "run",
        "generate-fraud",
        "generate-normal",
        "synthesize",
        "annotate",
        "pack",
        "build-bench",
        "verify",
        "import-dialogues",
        "imitate",
        "doctor",
        "status",
        "serve-tts",
        "voices build",
        "voices list",
        "scenarios list",
        "scenarios validate",
        "config show",
        "config schema",
    ],
)
def test_every_command_has_help_with_an_example(antifraud: CommandLine, name: str) -> None:
    done = antifraud(*name.split(), "--help")
    assert done.returncode == 0
    assert f"Example: antifraud {name}" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nonsense"], 2, "No such command"),
        (["run"], 2, "Missing argument"),
        (["run", "nothing.yaml"], 2, "nothing.yaml: cannot be read"),
        (["generate-fraud", "-n", "many"], 2, "should be a valid integer"),
        (["generate-fraud", "--set", "generate.enginee=x"], 2, "did you mean engine"),
        (["generate-fraud", "--run", "../up"], 2, "run.name is '../up'"),
        (["synthesize", "--run", "empty"], 1, "dialogues.jsonl: cannot be read"),
        (["annotate", "--input", "nothing.jsonl"], 1, "nothing.jsonl: cannot be read"),
        (["pack", "--run", "empty"], 1, "Run annotate first"),
        (["build-bench", "--run", "empty"], 1, "Run annotate first"),
        (["build-bench", "--count", "fraud"], 2, "expected key=value"),
        (["verify", "."], 1, "no dataset_manifest.json"),
        (["status", "--run", "empty"], 1, "no such run"),
        (["import-dialogues", "nothing.jsonl"], 1, "nothing.jsonl: cannot be read"),
        (["scenarios", "validate", "."], 2, "no scenario files"),
        (["generate-fraud", "-n", "2", "--set", "generate.attempts=1", "--set", "generate.max_turns=4"], 3, "rejected"),
    ],
)
def test_wrong_use_is_one_clear_line_with_its_exit_code(
    antifraud: CommandLine, arguments: list[str], code: int, said: str
) -> None:
    done = antifraud(*arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_each_stage_runs_alone_on_files_given_to_it(antifraud: CommandLine, tmp_path: Path) -> None:
    for arguments in (
        ("generate-fraud", "-n", "3", "-o", "one/dialogues.jsonl", "-q"),
        ("generate-normal", "-n", "2", "-o", "one/dialogues.jsonl", "-q"),
        ("synthesize", "-i", "one/dialogues.jsonl", "-o", "two/spoken.jsonl", "-q"),
        ("annotate", "-i", "two/spoken.jsonl", "-o", "two/explained.jsonl", "-q"),
        ("pack", "-i", "two/explained.jsonl", "-o", "three/release", "-q"),
        ("build-bench", "-i", "two/explained.jsonl", "-o", "three/bench", "--against", "three/release", "-q"),
        ("verify", "three/release"),
        ("verify", "three/bench"),
    ):
        done = antifraud(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    assert len((tmp_path / "two" / "explained.jsonl").read_bytes().splitlines()) == 8
    assert len(list((tmp_path / "two" / "audio").glob("*.wav"))) == 8


def test_the_summary_as_json_is_all_that_is_on_stdout(antifraud: CommandLine) -> None:
    done = antifraud("generate-fraud", *SMALL, "--json")
    summary = json.loads(done.stdout)
    assert (summary["in"], summary["accepted"], summary["rejected"]) == (3, 3, 0)
    again = json.loads(antifraud("generate-fraud", *SMALL, "--json").stdout)
    assert again["resumed"] == 3


def test_a_run_can_be_made_longer_but_not_continued_with_another_seed(antifraud: CommandLine, tmp_path: Path) -> None:
    antifraud("generate-fraud", *SMALL)
    first = (tmp_path / "data/runs/small/dialogues.jsonl").read_bytes()
    assert antifraud("generate-fraud", *SMALL, "-n", "6").returncode == 0
    longer = (tmp_path / "data/runs/small/dialogues.jsonl").read_bytes()
    assert longer.startswith(first)
    assert len(longer.splitlines()) == 6
    other = antifraud("generate-fraud", *SMALL, "--seed", "99")
    assert other.returncode == 1
    assert "was made with other settings (seed; for one, seed was 1 and is now 99)" in other.stderr


def test_config_show_prints_what_was_resolved_and_schema_is_json_schema(antifraud: CommandLine) -> None:
    shown = antifraud("config", "show", "--set", "run.seed=7", ANTIFRAUD_RUN__NAME="env")
    resolved = yaml.safe_load(shown.stdout)
    assert (resolved["run"]["seed"], resolved["run"]["name"]) == (7, "env")
    schema = json.loads(antifraud("config", "schema").stdout)
    assert schema["properties"].keys() == resolved.keys()


def test_doctor_tells_of_keys_only_whether_they_are_set(antifraud: CommandLine) -> None:
    done = antifraud("doctor", "--json", SILICONFLOW_API_KEY="sk-secret-value", OPENAI_API_KEY="")
    found = json.loads(done.stdout)
    assert found["keys"]["SILICONFLOW_API_KEY"] == "set"
    assert found["keys"]["OPENAI_API_KEY"] == "not set"
    assert "sk-secret-value" not in done.stdout + done.stderr
    states = {engine["name"]: engine["state"] for engine in found["engines"]}
    assert states["espeak"] == "ready (embedded)"
    assert states["chattts"] in (
        "ready",
        "ready; torchaudio's binary does not load here, its Python transforms are used",
        "missing ChatTTS: pip install 'antifraud[chattts]'",
    )
    assert found["machine"].keys() == {"Python", "cores", "memory", "disk free", "GPU"}
    assert "espeak" in antifraud("doctor").stdout


def test_a_table_shows_square_brackets_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    inspection._table(("state",), [("pip install 'antifraud[chattts]'",)])
    assert "antifraud[chattts]" in capsys.readouterr().out


def test_status_tells_what_is_done_and_what_is_left(antifraud: CommandLine) -> None:
    antifraud("generate-fraud", *SMALL)
    rows = {row["stage"]: row for row in json.loads(antifraud("status", "--run", "small", "--json").stdout)}
    assert rows["generate"] == {"stage": "generate", "done": 3, "rejected": 0, "left": 6}
    assert rows["synthesize"]["left"] == 3
    assert rows["pack"]["left"] == 1


def test_scenarios_are_listed_and_valid(antifraud: CommandLine) -> None:
    listed = antifraud("scenarios", "list", COLUMNS="200").stdout
    assert "table_confirmation" in listed
    assert "绑架诈骗" in listed
    assert "all fit" in antifraud("scenarios", "validate").stdout


def test_a_bad_line_is_named_and_nothing_written_is_lost(antifraud: CommandLine, tmp_path: Path) -> None:
    antifraud("generate-fraud", *SMALL)
    path = tmp_path / "data/runs/small/dialogues.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"is_fraud":true', b'"is_fraud":"perhaps"', 1))
    done = antifraud("synthesize", *SMALL)
    assert done.returncode == 1
    assert "dialogues.jsonl:1: not a Dialogue: is_fraud: input should be a valid boolean" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(path.read_bytes().splitlines()) == 3


def start(config: Path, folder: Path, *more: str) -> subprocess.Popen[str]:
    arguments = command("run", str(config), "--set", "generate.fraud.count=16", *more)
    return subprocess.Popen(
        arguments, cwd=folder, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.stat().st_size) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    assert path.exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_soon_keeps_what_is_done_and_says_how_to_go_on(
    config_file: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    process = start(config_file, tmp_path)
    wait_for(tmp_path / "data/runs/small/calls.jsonl", process)
    asked = time.monotonic()
    process.send_signal(sign)
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - asked < 10
    assert process.returncode == 130
    assert "go on with the same command:\n  antifraud run" in said
    assert "Traceback" not in said
    calls = (tmp_path / "data/runs/small/calls.jsonl").read_bytes()
    assert calls.endswith(b"\n")
    assert 0 < len(calls.splitlines()) < 20
    again, _ = start(config_file, tmp_path, "--json").communicate(timeout=120)
    assert json.loads(again)["synthesize"]["resumed"] == len(calls.splitlines())


def test_a_second_process_on_the_same_run_gets_one_clear_line(config_file: Path, tmp_path: Path) -> None:
    process = start(config_file, tmp_path)
    try:
        wait_for(tmp_path / "data/runs/small/calls.jsonl", process)
        second = subprocess.run(
            command("synthesize", "-c", str(config_file)),
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert "another antifraud process is writing here" in second.stderr
        assert "Traceback" not in second.stderr
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=30)


def test_the_readme_commands_are_the_scripts_that_are_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for script in ("scripts/quickstart.sh", "scripts/test.sh"):
        assert f"bash {script}" in readme
        assert (ROOT / script).exists()
