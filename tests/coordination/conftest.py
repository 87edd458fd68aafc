"""Lets the tests of this folder import its helpers by name, those of the home's and the settlement's tests (golden homes, random
homes, verifiers), and the oracle of the golden homes."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
for folder in (
    TESTS.parent / "tools",
    TESTS / "grid",
    TESTS / "settlement",
    TESTS / "home",
    TESTS / "coordination",
):
    sys.path.insert(0, str(folder))
