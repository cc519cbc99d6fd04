"""What the fake service says: the role is told by the schema's name or the system message, the rest by the plan.

The same request gets the same answer for the same seed; the words of a call depend on its plan's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import orjson

from .hearing import judge
from .judging import rate
from .ledger import Message, text_of
from .phrasebook import Scene, scene
from .reasoning import SPOILS, TITLE, argue, spoil_argument

ROLES = {
    "角色：主叫": "caller_turn",
    "角色：被叫": "callee_turn",
    "角色：督导": "supervision",
    "任务：写一通电话": "call_script",
    "任务：写一条故事线": "storyline",
    "任务：照着范例写一通新电话": "imitation",
    "任务：听一通电话": "reading",
}
DECISIVE = {
    "complied": "comply",
    "settled": "comply",
    "refused": "refuse",
    "declined": "refuse",
    "will_verify": "independent_check",
    "unresolved": "hesitate",
}
"""The callee's act that brings an outcome about; the callee does it on the last line and not before."""
FRAUD_STAGES = ("opening", "alarm", "ask", "refuse_verification", "ultimatum", "reassure")
LAWFUL_STAGES = ("opening", "inform", "ask", "allow_verify", "no_pressure", "reassure")
SCRIPT_STAGES = {
    True: ("opening", "alarm", "explain", "ask", "reassure", "refuse_verification", "ultimatum"),
    False: ("opening", "inform", "ask", "reassure", "allow_verify", "no_pressure"),
}
STAGE_ACTS = {
    "alarm": ["alarm_or_gain"],
    "inform": ["inform"],
    "explain": ["explain"],
    "reassure": ["reassure"],
    "refuse_verification": ["refuse_verification"],
    "ultimatum": ["ultimatum"],
    "allow_verify": ["allow_verify"],
    "no_pressure": ["no_pressure"],
    "close": ["close"],
}
"""Acts of a stage; the opening's depend on the kind of call, the request's on the story."""
CALLEE_MIDDLE = ("doubt", "ask_question", "distracted", "doubt", "ask_question", "distracted")
EMOTIONS = {
    "alarm": "urgent",
    "ultimatum": "urgent",
    "refuse_verification": "urgent",
    "acknowledge": "neutral",
    "ask_question": "confused",
    "doubt": "suspicious",
    "distracted": "neutral",
    "comply": "relieved",
    "refuse": "angry",
    "independent_check": "suspicious",
    "hesitate": "confused",
}
CONTROL_TOKENS = ("##ENDCALL_SIGNAL##", "<|im_end|>")
REPAIRS = ("上面的回答用不了", "刚才这句不行")
"""How a client begins when it asks for the same turn again; see scenarios/prompts."""
REFUSAL = "抱歉，我无法协助完成这个请求，因为它可能涉及欺诈内容。"

_LABEL = re.compile(r"性质：\s*(诈骗|正常)")
_OUTCOME = re.compile(r"计划结局：\s*(\w+)")
_OPENED = re.compile(r"开头你已经说过(\d+)句")
_PLACE = re.compile(r"^([\d.]+)（(\S+?)）(.*)$", re.MULTILINE)
_SPOKEN = re.compile(r"^\s*\d+\s+(主叫|被叫)\s*\[([^\]]*)\]", re.MULTILINE)
_HEARD = re.compile(r"^(\d+) 主叫 (.*)$", re.MULTILINE)


class Plan(NamedTuple):
    """What a request tells of its call."""

    text: str
    is_fraud: bool
    outcome: str


class Asked(NamedTuple):
    """A request as the speakers see it."""

    plan: Plan
    call: Scene
    own_turns: dict[str, int]
    """Turns each side has had, by 主叫 and 被叫."""
    transcript: str


def answer(body: dict[str, Any], seed: int, asked: int = 0) -> str:
    """Return the content of the answer to a chat request that was asked so often before."""
    messages: list[Message] = body["messages"]
    if TITLE in text_of(messages[0]):
        return argue(messages, seed, asked)
    if (verdict := judge(messages, seed)) is not None:
        return verdict
    if _role(body, messages) == "personal_quotes":
        return _quotes(text_of(messages[-1]))
    if _role(body, messages) == "judgement":
        return rate(messages, seed, asked)
    speak = SPEAKERS.get(_role(body, messages))
    if speak is None:
        return Random(f"{seed}:{text_of(messages[-1])}").choice(
            ("好的，我知道了。", "明白，请继续。", "可以，没有问题。")
        )
    return orjson.dumps(speak(_asked(messages, seed, body.get("seed")))).decode()


def _quotes(transcript: str) -> str:
    """Quote where somebody lives, and a name that nobody said: what a model finds, and what it makes up."""
    found = [
        {"turn": int(line.split(" ")[0]), "quote": quote, "kind": kind}
        for line in transcript.splitlines()
        for quote, kind in [*((home, "address") for home in re.findall("河对岸第.家", line)), ("张三丰", "person")]
    ]
    return orjson.dumps({"found": found}).decode()


def _role(body: dict[str, Any], messages: list[Message]) -> str:
    schema = (body.get("response_format") or {}).get("json_schema") or {}
    if schema.get("name"):
        return str(schema["name"])
    first_line = text_of(messages[0]).lstrip().partition("\n")[0]
    return next((role for sign, role in ROLES.items() if sign in first_line), "")


def _asked(messages: list[Message], seed: int, sample: object) -> Asked:
    plan = _plan(messages)
    last = next((text_of(message) for message in reversed(messages) if message.get("role") == "user"), "")
    spoken = [side for side, _ in _SPOKEN.findall(last)]
    repairs = sum(text_of(message).startswith(REPAIRS) for message in messages[1:])
    answers = sum(message.get("role") == "assistant" for message in messages) - repairs
    opened = _OPENED.search(plan.text)  # turns of an opening that was spoken before; the next is no greeting
    answers = answers - int(opened[1]) + 1 if opened and answers else answers
    turns = {side: answers or spoken.count(side) for side in ("主叫", "被叫")}
    call = scene(seed, plan.text, is_fraud=plan.is_fraud)
    if sample is not None or repairs:  # the same call in other words
        call = Scene(f"{call.key}:{sample}:{repairs}", call.story, call.facts)
    return Asked(plan, call, turns, last)


def _plan(messages: list[Message]) -> Plan:
    texts = [text_of(message) for message in messages]
    text = next((text for text in texts if _OUTCOME.search(text)), texts[0])
    label, outcome = _LABEL.search(text), _OUTCOME.search(text)
    return Plan(text, bool(label and label[1] == "诈骗"), outcome[1] if outcome else "unresolved")


def _caller_line(call: Scene, stage: str, position: int, *, is_fraud: bool) -> dict[str, Any]:
    acts = STAGE_ACTS.get(stage)
    if stage == "opening":
        acts = ["identity_claim", "true_detail"] if is_fraud else ["identity_claim"]
    if stage == "ask":
        acts = [call.story.ask_act]
    emotion = EMOTIONS.get(stage, "professional") if is_fraud else "professional"
    return {"text": call.caller(stage, position), "emotion": emotion, "acts": acts}


def _callee_line(call: Scene, act: str, position: int, *, is_last: bool) -> dict[str, Any]:
    text, acts = call.callee(act, position), [act]
    if is_last and act == "comply":
        text, acts = text + call.callee("goodbye", position), [act, "goodbye"]
    return {"text": text, "emotion": EMOTIONS[act], "acts": acts}


def _callee_act(plan: Plan, position: int, last: int) -> str:
    if position >= last:
        return DECISIVE.get(plan.outcome, "hesitate")
    return "acknowledge" if position == 0 else "ask_question" if position == 1 else CALLEE_MIDDLE[position - 2]


def _caller_turn(asked: Asked) -> dict[str, Any]:
    position = asked.own_turns["主叫"]
    stages = FRAUD_STAGES if asked.plan.is_fraud else LAWFUL_STAGES
    stage = stages[position] if position < len(stages) else "close"
    line = _caller_line(asked.call, stage, position, is_fraud=asked.plan.is_fraud)
    return {**line, "hang_up": stage == "close"}


def _callee_turn(asked: Asked) -> dict[str, Any]:
    position = asked.own_turns["被叫"]
    last = Random(f"{asked.plan.text}:length").randint(2, 4)
    act = _callee_act(asked.plan, position, last)
    return {**_callee_line(asked.call, act, position, is_last=position >= last), "hang_up": position >= last}


def _supervision(asked: Asked) -> dict[str, Any]:
    outcome = asked.plan.outcome
    heard = [acts for side, acts in _SPOKEN.findall(asked.transcript) if side == "被叫" and "backchannel" not in acts]
    if not heard or DECISIVE.get(outcome) not in re.findall(r"\w+", heard[-1]):
        return {
            "decision": "continue",
            "ended_by": None,
            "outcome": None,
            "reason": "话还没有说完。",
            "corrections": [],
        }
    return {"decision": "end", **_ending(outcome), "corrections": []}


def _ending(outcome: str) -> dict[str, Any]:
    ended_by = "natural" if outcome in ("complied", "settled") else "callee"
    reasons = {
        "comply": "被叫答应了对方的要求，通话结束。",
        "refuse": "被叫明确拒绝，通话结束。",
        "independent_check": "被叫要自己去核实，通话结束。",
        "hesitate": "被叫没有拿定主意就挂断了。",
    }
    return {"ended_by": ended_by, "outcome": outcome, "reason": reasons[DECISIVE.get(outcome, "hesitate")]}


def _call_script(asked: Asked) -> dict[str, Any]:
    plan, call = asked.plan, asked.call
    rng = Random(f"{call.key}:script")
    pairs = rng.randint(4, 6)
    stages = _script_stages(plan.is_fraud, pairs, rng)
    turns: list[dict[str, Any]] = []
    for position, stage in enumerate(stages):
        turns.append({"speaker": "caller", **_caller_line(call, stage, position, is_fraud=plan.is_fraud)})
        is_last = position == pairs - 1
        line = _callee_line(call, _callee_act(plan, position, pairs - 1), position, is_last=is_last)
        turns.append({"speaker": "callee", **line})
    if rng.random() < 0.5:
        turns.append({"speaker": "caller", **_caller_line(call, "close", pairs, is_fraud=plan.is_fraud)})
    return {"turns": turns, **_ending(plan.outcome)}


def _script_stages(is_fraud: bool, count: int, rng: Random) -> list[str]:
    stages = SCRIPT_STAGES[is_fraud]
    needed = {"opening", "alarm" if is_fraud else "inform", "ask"}
    extra = rng.sample([stage for stage in stages if stage not in needed], count - len(needed))
    return [stage for stage in stages if stage in needed or stage in extra]


def _storyline(asked: Asked) -> dict[str, Any]:
    call = asked.call
    callers = [_caller_line(call, stage, at, is_fraud=False) for at, stage in enumerate(("opening", "inform"))]
    callees = [_callee_line(call, act, at, is_last=False) for at, act in enumerate(("acknowledge", "ask_question"))]
    opening = [
        {"speaker": side, **line}
        for pair in zip(callers, callees, strict=True)
        for side, line in zip(("caller", "callee"), pair, strict=True)
    ]
    ways = [
        {"path": path, "gist": f"主叫说到{call.facts['goods']}，{gist}，被叫要去{call.facts['busy']}。"}
        for path, _, gist in _PLACE.findall(asked.plan.text)
    ]
    return {"opening": opening, "ways": ways}


def _reading(asked: Asked) -> dict[str, Any]:
    """Take a caller's 给我 or 转到 for a request, whatever stands around it."""
    for turn, text in _HEARD.findall(asked.transcript):
        if found := re.search(r"[^，。？]*(?:给我|转到)[^，。？]*", text):
            act = "ask_secret" if "给我" in found[0] else "ask_transfer"
            return {"is_fraud": True, "act": act, "turn": int(turn), "quote": found[0], "why": "主叫直接提了要求。"}
    return {"is_fraud": False, "act": None, "turn": None, "quote": "", "why": "主叫没有要什么。"}


SPEAKERS: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "caller_turn": _caller_turn,
    "callee_turn": _callee_turn,
    "supervision": _supervision,
    "call_script": _call_script,
    "imitation": _call_script,
    "storyline": _storyline,
    "reading": _reading,
}


def spoil(content: str, fault: str) -> tuple[str, str]:
    """Return an answer as a fault leaves it, and its finish_reason."""
    if fault in SPOILS:
        return spoil_argument(content, fault), "stop"
    if fault == "length":
        return content[: max(1, len(content) * 3 // 5)], "length"
    spoiled = {
        "malformed_json": '{"text": "您好，' + content[1:-1],
        "wrong_schema": '{"reply": "您好，请讲。", "mood": "calm"}',
        "refusal": REFUSAL,
        "empty": "",
    }
    if fault == "control_tokens":
        return _with_control_token(content), "stop"
    return spoiled.get(fault, content), "stop"


def _with_control_token(content: str) -> str:
    token = CONTROL_TOKENS[len(content) % 2]
    if not content.startswith("{"):
        return content + token
    said = orjson.loads(content)
    holder, name = (said["turns"][-1], "text") if "turns" in said else (said, "text" if "text" in said else "reason")
    holder[name] += token
    return orjson.dumps(said).decode()
