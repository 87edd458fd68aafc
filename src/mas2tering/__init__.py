"""Mas2tering: the best day for every home of an energy community, and for the community as a whole."""

__all__ = ["__version__"]

__version__ = "0.1.0.dev0"
