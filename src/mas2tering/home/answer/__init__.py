"""The exact answer of homes to a price vector: what the market asks for thousands of times.

``batch`` is the way in; ``convex_store``, ``exclusive_store``, ``cogeneration`` and ``programmes`` each
answer for one kind of device, ``piecewise`` has the functions that those need, ``pools`` the packed arrays.
"""

from mas2tering.home.answer.batch import Answers, HomeBatch

__all__ = ["Answers", "HomeBatch"]
