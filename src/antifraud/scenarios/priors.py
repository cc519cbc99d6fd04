"""How often each family of fraud is told: evenly, by a published count, or as the config says."""

from __future__ import annotations

from collections.abc import Mapping

from antifraud.dialogue_config import FraudMix
from antifraud.errors import ConfigError
from antifraud.labels import FraudType, OfficialCategory
from antifraud.scenarios.families import Family
from antifraud.scenarios.packs import Packs

PAPER_28K: Mapping[str, float] = {
    FraudType.CUSTOMER_SERVICE: 2747,
    FraudType.BANKING: 4034,
    FraudType.INVESTMENT: 1001,
    FraudType.PHISHING: 566,
    FraudType.LOTTERY: 517,
    FraudType.KIDNAPPING: 415,
    FraudType.IDENTITY_THEFT: 140,
}
"""Calls of training and test set of TeleAntiFraud-28k by type (arXiv 2503.24115); the paper has no 邮件诈骗."""
OFFICIAL: Mapping[str, float] = {
    OfficialCategory.FAKE_ORDERS: 28367,
    OfficialCategory.CUSTOMER_SERVICE: 11018,
    OfficialCategory.INVESTMENT: 9469,
    OfficialCategory.LOAN_CREDIT: 8883 + 6771,
    OfficialCategory.SHOPPING: 5647,
    OfficialCategory.AUTHORITIES: 3651,
    OfficialCategory.ACQUAINTANCE: 3525,
    OfficialCategory.GAMING: 1723,
    OfficialCategory.ROMANCE: 1324,
}
"""82,210 police notes of CCL2023-FCC (CodaLab 12558) by category; all channels, not telephone alone."""


def family_weights(mix: FraudMix, packs: Packs) -> dict[str, float]:
    """Return the weight of each family that is told.

    Raises:
        ConfigError: a weight or count names nothing that the packs have, or every weight is 0.
    """
    if mix.counts or mix.weights:
        asked: Mapping[str, float] = mix.counts or mix.weights
    else:
        asked = {"uniform": dict.fromkeys(packs.families, 1.0), "paper-28k": PAPER_28K, "official": OFFICIAL}[mix.prior]
    weights = dict.fromkeys(packs.families, 0.0)
    for name, weight in asked.items():
        covered = [family.family for family in packs.families.values() if name in _names(family)]
        if not covered and (mix.counts or mix.weights):
            known = sorted({name for family in packs.families.values() for name in _names(family)})
            raise ConfigError(f"generate.fraud: no family is called {name}; expected one of {', '.join(known)}.")
        for family in covered:
            weights[family] += weight / len(covered)
    told = {name: weight for name, weight in weights.items() if weight}
    if not told and mix.count:
        raise ConfigError("generate.fraud: every weight is 0; expected at least one above 0.")
    return told


def _names(family: Family) -> set[str]:
    return {family.family, *(str(name) for name in (family.official_category, family.fraud_type) if name)}
