"""The rule reasoner: reads the acts of a call and argues from them, in three rounds.

Whether a call is fraud follows from its acts alone; for the scene and the fraud type it takes the plan's
label and looks for the words that bear it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from antifraud.annotation.evidence import evidence_of, quote_from
from antifraud.labels import FRAUD_ACTS, SAFE_ACTS, Act, FraudType, Scene, Speaker
from antifraud.records import Answer, Dialogue, Evidence, Round, Turn
from antifraud.scenarios.grammar import Expander
from antifraud.scenarios.packs import ReasoningPack

MOST_FINDINGS = 3
_RESISTING = (Act.REFUSE, Act.INDEPENDENT_CHECK, Act.ASK_VERIFY, Act.DOUBT)
_ASKING = (Act.ASK_DETAIL, Act.ASK_AGREEMENT, Act.OFFICIAL_PAYMENT, Act.INFORM)


class Reasoner:
    """Argues one call; the same call and seed give the same words."""

    def __init__(self, pack: ReasoningPack, dialogue: Dialogue) -> None:
        self._pack = pack
        self._dialogue = dialogue
        self._turns = dialogue.turns
        self._rng = Random(f"{dialogue.seed}:reasoner")

    def rounds(self) -> tuple[Round, ...]:
        """Return the rounds: scene, fraud and, only for fraud, fraud type."""
        decisive = self._decisive()
        rounds = [self._scene(self._dialogue.scene)] if self._dialogue.scene is not None else []
        rounds.append(self._fraud(decisive) if decisive else self._lawful())
        if decisive and self._dialogue.fraud_type is not None:
            rounds.append(self._type(self._dialogue.fraud_type, decisive))
        return tuple(rounds)

    def _scene(self, scene: Scene) -> Round:
        cues = self._pack.scene_cues.get(scene, ())
        said = [turn for turn in self._turns if turn.speaker is Speaker.CALLER]
        opening = said[0]
        identity = Evidence(turn=opening.index, quote=quote_from(opening.text, cues), act=_act_of(opening))
        later = max(said[1:] or said, key=lambda turn: (sum(cue in turn.text for cue in cues), -turn.index))
        topic = Evidence(turn=later.index, quote=quote_from(later.text, cues))
        hits = sum(any(cue in turn.text for cue in cues) for turn in said)
        facts = {"identity": identity.quote, "topic": topic.quote, "scene": scene}
        return Round(
            task="scene",
            question=self._pack.questions["scene"],
            think=self._say("scene", facts),
            answer=Answer(
                scene=scene, reason=self._say("scene_reason", facts), confidence=round(min(0.95, 0.6 + 0.08 * hits), 2)
            ),
            evidence=_distinct([identity, topic]),
        )

    def _decisive(self) -> list[Evidence]:
        """Return one quote for each fraud act, in the order they occur."""
        found: dict[Act, Evidence] = {}
        for turn in self._turns:
            for act in turn.acts:
                if act in FRAUD_ACTS and act not in found and turn.speaker is Speaker.CALLER:
                    found[act] = Evidence(turn=turn.index, quote=self._quote(turn, act), act=act)
        return list(found.values())

    def _fraud(self, decisive: list[Evidence]) -> Round:
        chosen = decisive[:MOST_FINDINGS]
        cover, callee = self._first(Speaker.CALLER, (Act.QUOTE_WARNING_AS_COVER, Act.REASSURE)), self._callee()
        facts = {
            "scene": str(self._dialogue.scene),
            "findings": "".join(self._found("finding", item) for item in chosen),
            "cover": self._say("cover", {"quote": cover.quote}) if cover else "",
            "callee": self._callee_sentence(callee),
            "acts": "、".join(self._pack.act_names[item.act] for item in chosen if item.act),
        }
        confidence = {1: 0.86, 2: 0.93}.get(len(decisive), 0.97)
        return Round(
            task="fraud",
            question=self._pack.questions["fraud"],
            think=self._say("fraud_think", facts),
            answer=Answer(is_fraud=True, reason=self._say("fraud_reason", facts), confidence=confidence),
            evidence=_distinct([*chosen, cover, callee]),
        )

    def _lawful(self) -> Round:
        asked = self._first(Speaker.CALLER, _ASKING) or self._first(Speaker.CALLER, (Act.IDENTITY_CLAIM,))
        safe = [item for act in Act if act in SAFE_ACTS and (item := self._first(Speaker.CALLER, (act,)))]
        safe = sorted(safe, key=lambda item: item.turn)[:MOST_FINDINGS]
        facts = {
            "scene": str(self._dialogue.scene),
            "asked": self._say("asked", {"quote": asked.quote}) if asked else "",
            "findings": "".join(self._found("safe", item) for item in safe),
        }
        return Round(
            task="fraud",
            question=self._pack.questions["fraud"],
            think=self._say("lawful_think", facts),
            answer=Answer(is_fraud=False, reason=self._say("lawful_reason", facts), confidence=0.94 if safe else 0.8),
            evidence=_distinct([asked, *safe]),
        )

    def _type(self, fraud_type: FraudType, decisive: list[Evidence]) -> Round:
        cues = self._pack.type_cues.get(fraud_type, ())
        said = [turn for turn in self._turns if turn.speaker is Speaker.CALLER and turn.index < decisive[0].turn]
        said = said or [turn for turn in self._turns if turn.speaker is Speaker.CALLER]
        best = max(said, key=lambda turn: (sum(cue in turn.text for cue in cues), -turn.index))
        hook = Evidence(turn=best.index, quote=quote_from(best.text, cues))
        asked = next((item for item in decisive if item.act is not None and item.act.startswith("ask_")), decisive[0])
        facts = {"hook": hook.quote, "ask": asked.quote, "fraud_type": str(fraud_type)}
        hits = sum(any(cue in turn.text for cue in cues) for turn in said)
        return Round(
            task="fraud_type",
            question=self._pack.questions["fraud_type"],
            think=self._say("type", facts),
            answer=Answer(
                fraud_type=fraud_type,
                reason=self._say("type_reason", facts),
                confidence=round(min(0.95, 0.65 + 0.1 * hits), 2),
            ),
            evidence=_distinct([hook, asked]),
        )

    def _callee(self) -> Evidence | None:
        """Return what the callee did in the end: resisted or complied."""
        acts = (Act.COMPLY,) if self._dialogue.ending.outcome == "complied" else _RESISTING
        for act in acts:
            if found := evidence_of(self._turns, Speaker.CALLEE, act, last=True):
                return found
        return None

    def _callee_sentence(self, callee: Evidence | None) -> str:
        if callee is None:
            return ""
        return self._say("callee_complies" if callee.act is Act.COMPLY else "callee_resists", {"quote": callee.quote})

    def _first(self, speaker: Speaker, acts: Sequence[Act]) -> Evidence | None:
        for act in acts:
            if found := evidence_of(self._turns, speaker, act, self._pack.act_cues.get(act, ())):
                return found
        return None

    def _found(self, phrase: str, item: Evidence) -> str:
        return self._say(phrase, {"quote": item.quote, "act": self._pack.act_names[item.act]} if item.act else {})

    def _quote(self, turn: Turn, act: Act) -> str:
        return quote_from(turn.text, self._pack.act_cues.get(act, ()))

    def _say(self, phrase: str, facts: dict[str, str]) -> str:
        return Expander(facts, self._rng).expand(self._rng.choice(self._pack.phrases[phrase]))


def _act_of(turn: Turn) -> Act | None:
    return Act.IDENTITY_CLAIM if Act.IDENTITY_CLAIM in turn.acts else None


def _distinct(items: Sequence[Evidence | None]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(item for item in items if item is not None))
