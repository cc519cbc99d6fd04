"""What one chat call costs: our client beside other generators of dialogues, against the fake service.

    .venv/bin/python scripts/bench/llm_peers.py --venvs /tmp/peers [names ...]

A peer is no dependency: it runs from DIR/<peer>/bin/python, where pip has put it, as a small driver of its own:

    distilabel    distilabel[openai]==1.5.3 requests beautifulsoup4
    curator       bespokelabs-curator==0.1.31
    datadesigner  data-designer==0.9.6
    datatrove     datatrove[io]==0.10.1 aiofiles aiosqlite httpx openai pandas pyyaml typer
    sdialog       torch==2.13.0 sdialog==0.5.3

A driver imports, makes one call and waits: that is start-up, and left out. Then the service forgets what it saw and
all calls are made. The span goes from the first request to the last answer as the service saw them, "run" from the
word to start to the end of the driver; CPU is that of its whole process tree. Drivers reach nothing but the loopback
device. Ours runs before every peer, and a peer's CPU is told as a multiple of that run's.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from llm_client import CALLS, CONCURRENCY, KEY, LATENCY_SECONDS, body

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.fakes.client import FakeService

LIMIT_SECONDS = 120.0
"""For one driver, start-up included."""
LOOK_SECONDS = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
TAIL_CHARACTERS = 300
QUIET = {
    "NO_PROXY": "127.0.0.1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "NEMO_TELEMETRY_ENABLED": "false",
    "TELEMETRY_ENABLED": "false",
    "OPENAI_API_KEY": KEY,
}

BEFORE = """
import asyncio, json, os, socket, sys, time
from pathlib import Path

WORK = Path(sys.argv[1])
TASK = json.loads((WORK / "task.json").read_text())
URL, KEY, MODEL, SYSTEM, AT_ONCE = (TASK[name] for name in ("url", "key", "model", "system", "at_once"))
CALL = {"temperature": TASK["temperature"], "max_tokens": TASK["max_tokens"]}

HERE = ("127.0.0.1", b"127.0.0.1", "127.1", b"127.1", None)

def stay_home(event, args):
    if event == "socket.connect" and args[0].family != socket.AF_UNIX and args[1][0] != "127.0.0.1":
        raise OSError(f"only the loopback device: {args[1]}")
    if event == "socket.getaddrinfo" and args[0] not in HERE:
        raise OSError(f"only the loopback device: {args[0]}")

sys.addaudithook(stay_home)

def messages(line):
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": line}]
"""

AFTER = """
if __name__ == "__main__":
    run(TASK["first"])
    (WORK / "ready").touch()
    while not (WORK / "go").exists():
        time.sleep(0.02)
    (WORK / "rows").write_text(str(run(TASK["lines"])))
"""

OURS = """
from antifraud.service_config import LlmConfig
from antifraud.services.chat import ChatModel, ChatRequest
from antifraud.services.journal import Journal

async def ask_all(lines):
    config = LlmConfig(base_url=URL, concurrency=AT_ONCE)
    with Journal(WORK / f"{len(lines)}.sqlite") as journal:
        async with ChatModel.open(config, {"SILICONFLOW_API_KEY": KEY}, journal) as chat:
            slots = asyncio.Semaphore(AT_ONCE)
            async def one(line):
                request = ChatRequest(tuple(messages(line)), "", None, CALL["max_tokens"], CALL["temperature"])
                async with slots:
                    return await chat.ask(request)
            return await asyncio.gather(*map(one, lines))

def run(lines):
    return sum(bool(reply.text) for reply in asyncio.run(ask_all(lines)))
"""

DISTILABEL = """
import openai
from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration

def run(lines):
    call = {"temperature": CALL["temperature"], "max_new_tokens": CALL["max_tokens"]}
    with Pipeline(name=f"p{len(lines)}", cache_dir=WORK / "cache") as pipeline:
        rows = [{"instruction": line, "system_prompt": SYSTEM} for line in lines]
        llm = OpenAILLM(model=MODEL, base_url=URL, api_key=KEY, generation_kwargs=call)
        load = LoadDataFromDicts(data=rows, batch_size=AT_ONCE)
        load >> TextGeneration(llm=llm, input_batch_size=AT_ONCE)
    done = pipeline.run(use_cache=False)["default"]["train"]
    return sum(bool(text) for text in done["generation"])
"""

CURATOR = """
os.environ["CURATOR_CACHE_DIR"] = str(WORK / "cache")
import tiktoken

class Cheap:  # the real table comes from the network, and costs more
    def encode(self, text, **_):
        return range(len(text))

tiktoken.get_encoding = lambda name: Cheap()
from bespokelabs import curator

class Caller(curator.LLM):
    def prompt(self, row):
        return messages(row["line"])
    def parse(self, row, response):
        return {"text": response}

most = {"max_requests_per_minute": 10**6, "max_tokens_per_minute": 10**10, "max_concurrent_requests": AT_ONCE}
caller = Caller(model_name=MODEL, backend="openai", generation_params=CALL,
                backend_params={"base_url": URL, "api_key": KEY, **most})

def run(lines):
    done = caller([{"line": line} for line in lines])
    return sum(bool(text) for text in getattr(done, "dataset", done)["text"])
"""

DATADESIGNER = """
import data_designer.config as dd
import pandas
from data_designer.interface import DataDesigner

def run(lines):
    model = dd.ModelConfig(alias="chat", model=MODEL, provider="fake", skip_health_check=True,
        inference_parameters=dd.ChatCompletionInferenceParams(max_parallel_requests=AT_ONCE, **CALL))
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.DataFrameSeedSource(df=pandas.DataFrame({"line": lines})))
    builder.add_column(
        dd.LLMTextColumnConfig(name="text", model_alias="chat", system_prompt=SYSTEM, prompt="{{ line }}"))
    provider = dd.ModelProvider(name="fake", endpoint=URL, provider_type="openai", api_key=KEY)
    designer = DataDesigner(artifact_path=WORK / "artifacts", model_providers=[provider])
    designer.set_run_config(dd.RunConfig(otel_metrics_port=None))
    done = designer.create(builder, num_records=len(lines), dataset_name=f"p{len(lines)}")
    return int(done.load_dataset()["text"].astype(bool).sum())
"""

DATATROVE = """
import openai
from datatrove.data import Document
from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
from datatrove.pipeline.inference.servers import base
from datatrove.pipeline.writers import JsonlWriter

async def ready(self):  # it looks at /v1/models without its key
    return True

base.InferenceServer.is_ready = ready

async def ask(document, generate):
    return await generate({"messages": messages(document.text), **CALL})

def run(lines):
    place = WORK / str(len(lines))
    config = InferenceConfig(server_type="endpoint", model_name_or_path=MODEL, endpoint_url=ENDPOINT, api_key=KEY,
        max_concurrent_generations=AT_ONCE, max_concurrent_documents=AT_ONCE)
    writer = JsonlWriter(str(place), output_filename="${rank}_${chunk_index}.jsonl", compression=None)
    runner = InferenceRunner(ask, config, writer, checkpoints_local_dir=str(place / "checkpoints"))
    documents = (Document(text=line, id=str(number)) for number, line in enumerate(lines))
    for _ in runner.run(documents) or ():
        pass
    rows = [json.loads(row) for file in place.glob("*.jsonl") for row in file.read_text().splitlines()]
    return sum(bool(row["metadata"]["rollout_results"][0]["text"]) for row in rows)
"""

AS_ELSEWHERE = """
ENDPOINT = URL.replace("127.0.0.1", "127.1")  # any other name takes the client that paid services get
"""

RAW_SOCKETS = """
ENDPOINT = URL.removesuffix("/v1")
plain = asyncio.open_connection

async def keyed(host, port):  # it sends no key to the loopback device
    reader, writer = await plain(host, port)
    write = writer.write
    key = b"\\r\\nAuthorization: Bearer " + KEY.encode()
    writer.write = lambda data: write(data.replace(b"\\r\\n\\r\\n", key + b"\\r\\n\\r\\n", 1))
    return reader, writer

asyncio.open_connection = keyed
"""

SDIALOG = """
from concurrent.futures import ThreadPoolExecutor
from threading import local
import sdialog
from sdialog.agents import Agent

of_thread = local()

def one(line):
    if not hasattr(of_thread, "agent"):
        of_thread.agent = Agent(
            system_prompt=SYSTEM, model=f"openai:{MODEL}", base_url=URL, api_key=KEY, can_finish=False, **CALL)
    of_thread.agent.reset()
    return of_thread.agent(line)

def run(lines):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(bool(text) for text in pool.map(one, lines))
"""


@dataclass(frozen=True)
class Client:
    """A driver, and the folder of the environment it needs; None for ours."""

    venv: str | None
    program: str
    calls: int = CALLS
    at_once: int = CONCURRENCY

    @property
    def ideal(self) -> float:
        return self.calls / self.at_once * LATENCY_SECONDS

    def python(self, venvs: Path) -> Path:
        return venvs / self.venv / "bin" / "python" if self.venv else Path(sys.executable)


OUR_CLIENT = Client(None, OURS)
PEERS = {
    "distilabel": Client("distilabel", DISTILABEL),
    "curator": Client("curator", CURATOR),
    "datadesigner": Client("datadesigner", DATADESIGNER),
    "datatrove": Client("datatrove", AS_ELSEWHERE + DATATROVE),
    "datatrove, raw": Client("datatrove", RAW_SOCKETS + DATATROVE),
    "sdialog": Client("sdialog", SDIALOG, calls=200, at_once=10),
}


class DidNotFinish(Exception):
    """A driver failed, or took too long."""


@dataclass(frozen=True)
class Figures:
    """What a client took."""

    span: float
    whole: float
    """From the word to start to the end of the process."""
    cpu_per_thousand: float
    start_cpu: float
    peak_mib: float
    rows: int
    answered: int
    at_once: int

    @property
    def shortfall(self) -> str:
        return "" if self.rows == self.answered else f"  {self.rows} rows of {self.answered} answers"


@dataclass(frozen=True)
class Glance:
    """A process tree at one moment."""

    cpu: float
    mib: float
    pids: tuple[int, ...]


def look(session: int) -> Glance:
    """Return what the processes of a session have used so far, the children they waited for included."""
    ticks, pages, pids = 0, 0, []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            ticks += sum(map(int, fields[11:15]))
            pages += int(fields[21])
            pids.append(int(stat.parent.name))
    return Glance(ticks / TICKS, pages * PAGE_MIB, tuple(pids))


def task(client: Client, url: str) -> dict[str, Any]:
    """Return what a driver has to know."""
    (system, _), request = body(0)["messages"], body(0)
    lines = [body(number)["messages"][1]["content"] for number in range(-1, client.calls)]
    return {
        "url": url,
        "key": KEY,
        "at_once": client.at_once,
        "system": system["content"],
        "first": lines[:1],
        "lines": lines[1:],
        **{name: request[name] for name in ("model", "max_tokens", "temperature")},
    }


def measured(client: Client, python: Path, service: FakeService) -> Figures:
    """Run one driver.

    Raises:
        DidNotFinish: it failed, or took longer than the limit.
    """
    service.reset()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        (work / "driver.py").write_text(BEFORE + client.program + AFTER)
        (work / "task.json").write_text(json.dumps(task(client, service.url)))
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        with (work / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(python), str(work / "driver.py"), folder],
                env=environment | QUIET | {"HOME": folder},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return watched(process, client, work, service)


def watched(process: subprocess.Popen[bytes], client: Client, work: Path, service: FakeService) -> Figures:
    """Start the calls once the driver is ready, and see it through to its end."""
    start_cpu, began, peak, last, end = None, 0.0, 0.0, 0.0, time.monotonic() + LIMIT_SECONDS
    try:
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                whole = time.monotonic() - began
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if time.monotonic() > end:
                answered = service.stats()["answered"] if start_cpu is not None else 0
                raise DidNotFinish(f"did not finish in {LIMIT_SECONDS:.0f} s: {answered} answers of {client.calls}")
            seen = look(process.pid)
            peak, last = max(peak, seen.mib), max(last, seen.cpu)
            if start_cpu is None and (work / "ready").exists():
                service.reset()
                service.order(latency_ms=LATENCY_SECONDS * 1000)
                start_cpu = look(process.pid).cpu
                began = time.monotonic()
                (work / "go").touch()
            time.sleep(LOOK_SECONDS)
    finally:
        for pid in look(process.pid).pids:
            os.kill(pid, signal.SIGKILL)
        if process.returncode is None:
            process.wait()
    rows = work / "rows"
    if start_cpu is None or not rows.exists():
        tail = (work / "log").read_text(errors="replace").strip()[-TAIL_CHARACTERS:]
        raise DidNotFinish(f"did not run (status {process.returncode}): ...{' '.join(tail.split())}")
    stats = service.stats()
    used = max(last, usage.ru_utime + usage.ru_stime) - start_cpu
    span = stats["last_seconds"] - stats["first_seconds"]
    per_thousand = used * 1000 / client.calls
    counts = int(rows.read_text()), stats["answered"], stats["max_concurrent"]
    return Figures(span, whole, per_thousand, start_cpu, peak, *counts)


def line(name: str, client: Client, took: Figures, our: Figures) -> str:
    """Return one row of the table, beside our run next to it."""
    return (
        f"{name:<16}{took.span:>8.2f}{took.span / client.ideal:>9.2f}{took.whole:>8.2f}{took.cpu_per_thousand:>10.2f}"
        f"{took.cpu_per_thousand / our.cpu_per_thousand:>11.1f}{took.start_cpu:>12.1f}{took.peak_mib:>10.0f}"
        f"{took.at_once:>11}{took.shortfall}"
    )


def main() -> None:
    """Run every peer after a run of ours, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venvs", type=Path, required=True, help="folder with one environment per peer")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PEERS)}; without any, all")
    args = parser.parse_args()
    unknown = set(args.names) - PEERS.keys()
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    few = PEERS["sdialog"]
    print(f"{CALLS} calls, {CONCURRENCY} at once; sdialog: {few.calls}, {few.at_once} at once")
    print(f"{'client':<16}{'span s':>8}{'x ideal':>9}{'run s':>8}{'CPU s/1k':>10}{'x our CPU':>11}", end="")
    print(f"{'start-up s':>12}{'peak MiB':>10}{'in flight':>11}")
    runs = []
    with FakeService() as service:
        for name in args.names or PEERS:
            client = PEERS[name]
            python = client.python(args.venvs.absolute())
            if not python.exists():
                print(f"{name:<16}  not installed ({python})", flush=True)
                continue
            our = measured(OUR_CLIENT, OUR_CLIENT.python(args.venvs), service)
            runs.append(our)
            try:
                print(line(name, client, measured(client, python, service), our), flush=True)
            except DidNotFinish as problem:
                print(f"{name:<16}  {problem}", flush=True)
    if runs:
        middle = sorted(runs, key=lambda run: run.cpu_per_thousand)[len(runs) // 2]
        print(line("ours", OUR_CLIENT, middle, middle))
        spans, costs = [run.span for run in runs], [run.cpu_per_thousand for run in runs]
        print(f"ours in {len(runs)} runs: span {min(spans):.2f} to {max(spans):.2f} s, median {median(spans):.2f};")
        print(f"CPU {min(costs):.2f} to {max(costs):.2f} s/1k")


if __name__ == "__main__":
    main()
