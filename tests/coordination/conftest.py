"""Lets the tests of this folder import the helpers of the home's tests (golden homes, random homes, verifier) by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "home"))
