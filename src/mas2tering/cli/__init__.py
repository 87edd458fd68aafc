"""The command line: thin commands over ``study``; what is slow to import is imported when a command runs."""

from mas2tering.cli.app import main

__all__ = ["main"]
