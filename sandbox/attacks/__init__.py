"""Hostile programs, shipped: `sangaku sandbox attack` runs them against the sandbox of the machine that it is typed on."""

from sandbox.attacks.attack import FAMILIES, Attack, Defence, Family
from sandbox.attacks.catalog import ATTACKS
from sandbox.attacks.run import Outcome, Verdict, assail

__all__ = ["ATTACKS", "FAMILIES", "Attack", "Defence", "Family", "Outcome", "Verdict", "assail"]
