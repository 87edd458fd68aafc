"""The best plan of a home for its tariff: exact within a stated gap, and always a plan.

``algebra`` writes the problem down, ``matrix`` hands it to HiGHS, ``solve`` drives the solver, ``gathering``
makes plans read well where prices tie, ``planner`` decides what is good enough and what to fall back on.
"""

from mas2tering.home.optimise.planner import Budget, best_decision, best_plan

__all__ = ["Budget", "best_decision", "best_plan"]
