"""A home's part in a negotiation: answers to prices, kept and mixed, until one plan of its own is left."""

from mas2tering.home.respond.crowd import Crowd, CrowdAnswer
from mas2tering.home.respond.wholes import Wholes, with_wholes, without_wholes

__all__ = ["Crowd", "CrowdAnswer", "Wholes", "with_wholes", "without_wholes"]
