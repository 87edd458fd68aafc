"""The way of readings from the meter to the forecast: scanned for faults, stored under pseudonyms, read by receipt.

What comes out is what a forecasting service may see of each home, and a record of how it came there.
"""

from mas2tering.study.registered.of_outlooks import through_history, words_of
from mas2tering.study.registered.registration import Registered, Registration, register

__all__ = ["Registered", "Registration", "register", "through_history", "words_of"]
