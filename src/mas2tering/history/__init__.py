"""The history of what was measured."""
