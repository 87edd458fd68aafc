"""Benchmarks of the home room: what ``mas2tering bench home`` runs.

``cases`` holds the homes that peers are measured on too, ``home`` plans them, ``answers`` asks many homes for
answers to prices.
"""
