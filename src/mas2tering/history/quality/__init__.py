"""Faults in readings: found, said in words, repaired beside the raw values; nothing is deleted."""

from mas2tering.history.quality.community import scan_community
from mas2tering.history.quality.findings import FaultKind, Finding, ScannedSeries
from mas2tering.history.quality.placing import PlacedReadings, differences_of_counter, placed
from mas2tering.history.quality.scan import scan
from mas2tering.history.quality.stream import DailyScan

__all__ = [
    "DailyScan",
    "FaultKind",
    "Finding",
    "PlacedReadings",
    "ScannedSeries",
    "differences_of_counter",
    "placed",
    "scan",
    "scan_community",
]
