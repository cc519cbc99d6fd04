"""Trees of storylines: how a call may go on after the shared opening, level by level, and where its label is fixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import get_args

from antifraud.labels import Act, Outcome
from antifraud.records import Branch, Node, Tactic
from antifraud.scenarios.families import Ask, StorylineScenario

KEPT_CHANCE = 0.5
"""How often a child after the first is kept; a design choice that leaves about 24 of 81 leaves."""
LAWFUL_ENDING = {Outcome.COMPLIED: Outcome.SETTLED, Outcome.REFUSED: Outcome.DECLINED}
"""How an ending of a fraud call is called in its sibling."""
_TACTICS: tuple[Tactic, ...] = get_args(Tactic)
_TOLD = {"early": "开门见山", "late": "先聊几句再提", "cover": "先说别人会骗人，再提"}


@dataclass(frozen=True)
class _Growth:
    scenario: StorylineScenario
    outcomes: Mapping[Outcome, float]
    depth: int
    width: int
    rng: Random

    def nodes(self) -> Iterator[Node]:
        """Yield the tree, parents before children."""
        yield Node(path="0", state="shared", gist="开场")
        firsts = self._firsts()
        for number, (branch, ask) in enumerate(firsts, 1):
            act = ask.act if branch == "fraud" else Act.ALLOW_VERIFY
            trunk = Node(path=f"0.{number}", state=branch, gist=f"要对方{ask.say[0]}", act=act, asks=(ask.ask,))
            yield from self._grown(trunk, 1)

    def _firsts(self) -> list[tuple[Branch, Ask]]:
        """What the children of the opening ask first: one fraud and one lawful child at least, then a sale."""
        scenario = self.scenario
        asks: dict[Branch, list[Ask]] = {"fraud": list(scenario.risks), "lawful": list(scenario.needs)}
        if self.width > 2:
            asks["sales"] = list(scenario.offers)
        for each in asks.values():
            self.rng.shuffle(each)
        first: list[tuple[Branch, Ask]] = [(branch, each[0]) for branch, each in asks.items() if each]
        more: list[tuple[Branch, Ask]] = [(branch, ask) for branch, each in asks.items() for ask in each[1:]]
        self.rng.shuffle(more)
        return [*first, *more[: max(0, self.width - len(first))]]

    def _grown(self, node: Node, level: int) -> Iterator[Node]:
        """Yield a node, which holds all that is fixed on the way down to it, and what grows below it."""
        choices = [self._tactics, self._further_asks, self._endings][level - 1 :]
        if level == self.depth or not choices:
            leaf = node
            for choose in choices:
                leaf = self._options(choose(leaf), 1)[0]
            yield leaf.model_copy(update={"gist": node.gist, "act": node.act})
            return
        yield node
        for number, child in enumerate(self._options(choices[0](node), self.width), 1):
            update = {"path": f"{node.path}.{number}", "act": None}
            yield from self._grown(child.model_copy(update=update), level + 1)

    def _options(self, options: Sequence[Node], most: int) -> list[Node]:
        kept = [option for place, option in enumerate(options) if not place or self.rng.random() < KEPT_CHANCE]
        return kept[:most]

    def _tactics(self, known: Node) -> list[Node]:
        tactics = self.rng.sample(_TACTICS, len(_TACTICS))
        return [known.model_copy(update={"tactic": tactic, "gist": _TOLD[tactic]}) for tactic in tactics]

    def _further_asks(self, known: Node) -> list[Node]:
        pools = {"fraud": self.scenario.risks, "lawful": self.scenario.needs, "sales": self.scenario.offers}
        further = [ask for ask in pools[known.state] if ask.ask not in known.asks]
        options = [known.model_copy(update={"gist": "只要这一样"})]
        for ask in further:
            options.append(known.model_copy(update={"asks": (*known.asks, ask.ask), "gist": f"又要对方{ask.say[0]}"}))
        return self.rng.sample(options, len(options))

    def _endings(self, known: Node) -> list[Node]:
        left = dict(self.outcomes)
        options = []
        while any(left.values()):
            (outcome,) = self.rng.choices(list(left), list(left.values()))
            del left[outcome]
            ended = outcome if known.state == "fraud" else LAWFUL_ENDING.get(outcome, outcome)
            options.append(known.model_copy(update={"outcome": ended, "gist": f"结局：{ended}"}))
        return options


def grow(
    scenario: StorylineScenario, outcomes: Mapping[Outcome, float], *, depth: int, width: int, rng: Random
) -> tuple[Node, ...]:
    """Return a pruned tree of at most `depth` levels below the opening; every leaf says all that a call needs.

    Gists are templates; a plan says them with its facts.

    Levels: what is asked first, which fixes the label; when; what is asked besides; how it ends. Where the tree is
    less deep, the last level fixes the rest.

    Args:
        outcomes: weights of how a fraud call ends.
    """
    return tuple(_Growth(scenario, outcomes, depth, width, rng).nodes())


def leaves(nodes: Sequence[Node], state: Branch) -> list[Node]:
    """Return the leaves of one branch."""
    return [node for node in nodes if node.state == state and node.outcome is not None]
