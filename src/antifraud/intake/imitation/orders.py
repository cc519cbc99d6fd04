"""What is imitated: kinds of call in their proportions, and for each call a seed, new people and an outcome.

Order number n does not depend on how many are asked for, so that a run can be made longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from antifraud.config import Config
from antifraud.errors import ConfigError, RecordError
from antifraud.labels import FRAUD_OUTCOMES, LAWFUL_OUTCOMES, Awareness, Outcome
from antifraud.records import CallPlan, Dialogue
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.phrases import CalleeNeeds, CallerRole
from antifraud.scenarios.plans import call_id, draw_callee, draw_caller, seed_of, spread

ANYBODY = CallerRole(role="", title=("{caller_full}",))
"""Who places a call whose scenario is not one of the packs."""


@dataclass(frozen=True)
class Order:
    """One call to be made."""

    number: int
    plan: CallPlan
    seed: Dialogue
    """What it imitates."""

    @property
    def id(self) -> str:
        """The id of the call."""
        return self.plan.id


def kind_of(dialogue: CallPlan) -> str:
    """Return the kind that calls are balanced by: the type of fraud, or the scene of a lawful call."""
    if dialogue.is_fraud:
        return str(dialogue.fraud_type or dialogue.official_category or dialogue.family or "fraud")
    return "sales" if dialogue.branch == "sales" else str(dialogue.scene or "lawful")


def order_calls(seeds: Sequence[Dialogue], config: Config, packs: Packs) -> Iterator[Order]:
    """Yield as many orders as the config asks for; the seeds of a kind take turns.

    Raises:
        RecordError: there are no seeds, or two have one id.
        ConfigError: a weight names a kind that no seed is of.
    """
    by_kind = _by_kind(seeds, config.run.seed)
    weights = _weights(by_kind, config.imitate.kinds)
    had: Counter[str] = Counter()
    for number, kind in enumerate(islice(spread(weights), config.imitate.count)):
        of_kind = by_kind[kind]
        seed = of_kind[had[kind] % len(of_kind)]
        had[kind] += 1
        yield Order(number, _plan(number, seed, config, packs), seed)


def _by_kind(seeds: Sequence[Dialogue], run_seed: int) -> dict[str, list[Dialogue]]:
    """Return the seeds by kind, shuffled, so that the order of a file decides nothing."""
    if not seeds:
        raise RecordError("imitate: there are no seeds; give a file that holds dialogues with --seeds.")
    counts = Counter(seed.id for seed in seeds)
    if twice := next((name for name, count in counts.items() if count > 1), None):
        raise RecordError(f"imitate: the id {twice!r} occurs twice among the seeds; make ids unique.")
    kinds: dict[str, list[Dialogue]] = {}
    for seed in sorted(seeds, key=lambda seed: seed.id):
        kinds.setdefault(kind_of(seed), []).append(seed)
    for kind in sorted(kinds):
        Random(f"{run_seed}:imitate:{kind}").shuffle(kinds[kind])
    return dict(sorted(kinds.items()))


def _weights(by_kind: Mapping[str, Sequence[Dialogue]], asked: Mapping[str, float]) -> dict[str, float]:
    if unknown := sorted(asked.keys() - by_kind.keys()):
        raise ConfigError(
            f"imitate.kinds: no seed is of the kind {unknown[0]}; expected some of {', '.join(sorted(by_kind))}."
        )
    if asked:
        return {kind: weight for kind, weight in sorted(asked.items()) if weight}
    return {kind: float(len(of_kind)) for kind, of_kind in by_kind.items()}


def _plan(number: int, seed: Dialogue, config: Config, packs: Packs) -> CallPlan:
    """Return the plan of a call: labels and strategy of its seed, other people, an outcome that is drawn."""
    run_seed = config.run.seed
    rng = Random(seed_of(run_seed, "imitate", number))
    scenario = packs.storylines.get(seed.scenario) or packs.scenarios.get(seed.scenario)
    role = scenario.caller if scenario else ANYBODY
    needs = scenario.callee if scenario else CalleeNeeds()
    awareness = rng.choice(list(Awareness))
    kept = CallPlan.model_fields.keys() - {"id", "seed", "caller", "callee", "intended_outcome", "leaf"}
    return CallPlan(
        **{name: getattr(seed, name) for name in kept},
        id=call_id(run_seed, "imitate", number),
        seed=seed_of(run_seed, "imitate", number),
        caller=draw_caller(role, packs.personas, rng),
        callee=draw_callee(needs, rng.choice(needs.ages), awareness, packs.personas, rng),
        intended_outcome=_outcome(seed, awareness, config, rng),
    )


def _outcome(seed: Dialogue, awareness: Awareness, config: Config, rng: Random) -> Outcome:
    mix = config.generate.fraud if seed.is_fraud else config.generate.lawful
    possible = FRAUD_OUTCOMES if seed.is_fraud else LAWFUL_OUTCOMES
    weights = {outcome: weight for outcome, weight in mix.outcomes[awareness].items() if outcome in possible}
    return rng.choices(list(weights), list(weights.values()))[0]
