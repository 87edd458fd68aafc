"""Lets the tests of this folder import their helper, and the settlement's verifier, by name."""

import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parents[1] / "settlement"):
    sys.path.insert(0, str(folder))
