"""Data sets without names: made, attacked, measured and written, with a page that shows what privacy costs."""

from mas2tering.study.anonymised.inputs import Inputs, Request, read_inputs
from mas2tering.study.anonymised.released import write_released
from mas2tering.study.anonymised.service import write_service

__all__ = ["Inputs", "Request", "read_inputs", "write_released", "write_service"]
