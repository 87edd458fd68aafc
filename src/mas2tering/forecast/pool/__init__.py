"""The personal model: what was drawn at like times of like days, seen by several experts and mixed by their record."""

from mas2tering.forecast.pool.model import ExpertPool
from mas2tering.forecast.pool.record import PoolRecord

__all__ = ["ExpertPool", "PoolRecord"]
