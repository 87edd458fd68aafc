"""Communities made from statistics: who owns what in a scenario, what it is rated, when it is used.

``scenarios`` says how many homes own what, ``population`` (beside this package) how homes live, ``devices``
turns samples into devices, ``tariffs`` what suppliers offer, ``community`` puts it together. The same seed
gives the same community, and a home keeps its devices when a scenario adds more.
"""

from mas2tering.study.generator.community import GeneratedCommunity, generate_community
from mas2tering.study.generator.scenarios import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "GeneratedCommunity", "Scenario", "generate_community"]
