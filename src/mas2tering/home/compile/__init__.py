"""Words to arrays: a home as its user describes it becomes the model that is planned."""

from mas2tering.home.compile.home import Carry, compile_home

__all__ = ["Carry", "compile_home"]
