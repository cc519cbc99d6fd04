"""The rule reasoner: reads the acts of a call and argues from them, in three rounds.

Whether a call is fraud follows from its acts alone; for the scene and the fraud type it takes the plan's
label and looks for the words that bear it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from antifraud.annotation.evidence import evidence_of, quote_from
from antifraud.annotation.remarks import remarks
from antifraud.labels import FRAUD_ACTS, SAFE_ACTS, Act, FraudLabel, LabelSet, Scene, Speaker
from antifraud.numerals import spoken_decimal, spoken_number
from antifraud.records import Answer, Dialogue, Evidence, Round, Turn, TurnSound
from antifraud.scenarios.grammar import Expander
from antifraud.scenarios.packs import ReasoningPack

MOST_FINDINGS = 3
MOST_REMARKS = 2
REMARK_CHANCE = 0.6
"""How often a round that has something to remark on the sound does so; a design choice."""
_RESISTING = (Act.REFUSE, Act.INDEPENDENT_CHECK, Act.ASK_VERIFY, Act.DOUBT)
_TOLD_OF = frozenset({Act.WARN, Act.QUOTE_WARNING_AS_COVER, Act.REASSURE})
"""Acts whose words mean the opposite without the sentence around them."""
_ASKING = (Act.ASK_DETAIL, Act.ASK_AGREEMENT, Act.OFFICIAL_PAYMENT, Act.INFORM)


class Reasoner:
    """Argues one call; the same call and seed give the same words."""

    def __init__(
        self, pack: ReasoningPack, dialogue: Dialogue, labels: LabelSet, sounds: Sequence[TurnSound] = ()
    ) -> None:
        self._labels, self._questions = labels, pack.asked(labels)
        self._pack = pack
        self._dialogue = dialogue
        self._turns = dialogue.turns
        self._rng = Random(f"{dialogue.seed}:reasoner")
        self._remarks = remarks(dialogue.turns, sounds)[:MOST_REMARKS]
        self._quotes = {(item.turn, item.act): item for item in dialogue.quotes}

    def rounds(self) -> tuple[Round, ...]:
        """Return the rounds: scene, fraud and, only for fraud, fraud type."""
        decisive = self._decisive()
        rounds = [self._scene(self._dialogue.scene)] if self._dialogue.scene is not None else []
        rounds.append(self._fraud(decisive) if decisive else self._lawful())
        kind = self._dialogue.label_in(self._labels)
        if decisive and kind is not None:
            rounds.append(self._type(kind, decisive))
        return tuple(rounds)

    def _scene(self, scene: Scene) -> Round:
        cues = self._pack.scene_cues.get(scene, ())
        said = [turn for turn in self._turns if turn.speaker is Speaker.CALLER]
        opening = said[0]
        identity = Evidence(turn=opening.index, quote=quote_from(opening.text, cues), act=_act_of(opening))
        later = max(said[1:] or said, key=lambda turn: (sum(cue in turn.text for cue in cues), -turn.index))
        topic = Evidence(turn=later.index, quote=quote_from(later.text, cues))
        hits = sum(any(cue in turn.text for cue in cues) for turn in said)
        sound, heard = self._sound()
        facts = {"identity": identity.quote, "topic": topic.quote, "scene": scene, "sound": sound}
        return Round(
            task="scene",
            question=self._questions["scene"],
            think=self._say("scene", facts),
            answer=Answer(
                scene=scene, reason=self._say("scene_reason", facts), confidence=round(min(0.95, 0.6 + 0.08 * hits), 2)
            ),
            evidence=_distinct([identity, topic, heard]),
        )

    def _decisive(self) -> list[Evidence]:
        """Return one quote for each fraud act, in the order they occur."""
        found: dict[Act, Evidence] = {}
        for turn in self._turns:
            for act in turn.acts:
                if act in FRAUD_ACTS and act not in found and turn.speaker is Speaker.CALLER:
                    found[act] = self._quote(turn, act)
        return list(found.values())

    def _fraud(self, decisive: list[Evidence]) -> Round:
        chosen = decisive[:MOST_FINDINGS]
        cover, callee = self._first(Speaker.CALLER, (Act.QUOTE_WARNING_AS_COVER, Act.REASSURE)), self._callee()
        (sound, heard), identity = self._sound(), self._identity()
        facts = {
            "scene": str(self._dialogue.scene),
            "sound": sound,
            "identity": identity.quote,
            "findings": "".join(self._found("finding", item) for item in chosen),
            "cover": self._say("cover", {"quote": cover.quote}) if cover else "",
            "callee": self._callee_sentence(callee),
            "acts": "、".join(self._named(item.act) for item in chosen if item.act),
        }
        confidence = {1: 0.86, 2: 0.93}.get(len(decisive), 0.97)
        return Round(
            task="fraud",
            question=self._questions["fraud"],
            think=self._say("fraud_think", facts),
            answer=Answer(is_fraud=True, reason=self._say("fraud_reason", facts), confidence=confidence),
            evidence=_distinct([*chosen, cover, callee, identity, heard]),
        )

    def _lawful(self) -> Round:
        asked = self._first(Speaker.CALLER, _ASKING) or self._first(Speaker.CALLER, (Act.IDENTITY_CLAIM,))
        safe = [item for act in Act if act in SAFE_ACTS and (item := self._first(Speaker.CALLER, (act,)))]
        safe = sorted(safe, key=lambda item: item.turn)[:MOST_FINDINGS]
        (sound, heard), identity = self._sound(), self._identity()
        facts = {
            "scene": str(self._dialogue.scene),
            "sound": sound,
            "identity": identity.quote,
            "asked": self._say("asked", {"quote": asked.quote}) if asked else "",
            "findings": "".join(self._found("safe", item) for item in safe),
        }
        return Round(
            task="fraud",
            question=self._questions["fraud"],
            think=self._say("lawful_think", facts),
            answer=Answer(is_fraud=False, reason=self._say("lawful_reason", facts), confidence=0.94 if safe else 0.8),
            evidence=_distinct([asked, *safe, identity, heard]),
        )

    def _type(self, kind: FraudLabel, decisive: list[Evidence]) -> Round:
        cues = self._pack.type_cues.get(kind, ())
        said = [turn for turn in self._turns if turn.speaker is Speaker.CALLER and turn.index < decisive[0].turn]
        said = said or [turn for turn in self._turns if turn.speaker is Speaker.CALLER]
        best = max(said, key=lambda turn: (sum(cue in turn.text for cue in cues), -turn.index))
        hook = Evidence(turn=best.index, quote=quote_from(best.text, cues))
        asked = next((item for item in decisive if item.act is not None and item.act.startswith("ask_")), decisive[0])
        facts = {
            "hook": hook.quote,
            "ask": asked.quote,
            "fraud_type": str(kind),
            "count": spoken_number(len(self._labels.labels)),
        }
        hits = sum(any(cue in turn.text for cue in cues) for turn in said)
        return Round(
            task="fraud_type",
            question=self._questions["fraud_type"],
            think=self._say("type", facts),
            answer=Answer(
                fraud_type=kind,
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
            turn = next((turn for turn in self._turns if turn.speaker is speaker and act in turn.acts), None)
            if turn is not None:
                return self._quote(turn, act)
        return None

    def _identity(self) -> Evidence:
        opening = next(turn for turn in self._turns if turn.speaker is Speaker.CALLER)
        return Evidence(turn=opening.index, quote=quote_from(opening.text), act=_act_of(opening))

    def _sound(self) -> tuple[str, Evidence | None]:
        """Return a sentence on how a turn sounds, with its evidence, or nothing; each remark is made once."""
        if not self._remarks or self._rng.random() > REMARK_CHANCE:
            return "", None
        remark = self._remarks.pop(0)
        who = "来电的人" if remark.speaker is Speaker.CALLER else "被叫"
        facts = {"who": who, "quote": remark.evidence.quote, "value": spoken_decimal(remark.evidence.value or 0.0)}
        return self._say(remark.name, facts), remark.evidence

    def _found(self, phrase: str, item: Evidence) -> str:
        return self._say(phrase, {"quote": item.quote, "act": self._named(item.act)} if item.act else {})

    def _named(self, act: Act) -> str:
        return Expander({}, self._rng).expand(self._pack.act_names[act])

    def _quote(self, turn: Turn, act: Act) -> Evidence:
        """Return the words of a turn that do an act: those that were meant to, or the sentence that holds most cues."""
        said = self._quotes.get((turn.index, act))
        if said and act not in _TOLD_OF:
            return said
        cues = (said.quote,) if said else self._pack.act_cues.get(act, ())
        return Evidence(turn=turn.index, quote=quote_from(turn.text, cues), act=act)

    def _say(self, phrase: str, facts: dict[str, str]) -> str:
        return Expander(facts, self._rng).expand(self._rng.choice(self._pack.phrases[phrase]))


def _act_of(turn: Turn) -> Act | None:
    return Act.IDENTITY_CLAIM if Act.IDENTITY_CLAIM in turn.acts else None


def _distinct(items: Sequence[Evidence | None]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(item for item in items if item is not None))
