"""Programmes' block of the problem: one integer column for each start, and the order within a chain."""

import numpy as np

from mas2tering.home.model import IntArray, ProgrammeChain
from mas2tering.home.optimise.columns import NONE
from mas2tering.home.optimise.matrix import INFINITY, Matrix
from mas2tering.home.optimise.meter import Meter


def add_chain(matrix: Matrix, meter: Meter, chain: ProgrammeChain) -> tuple[list[IntArray], list[IntArray]]:
    """Columns of a chain's starts, and of leaving its runs out (none where a run must be), link by link."""
    chosen: list[IntArray] = []
    skipped: list[IntArray] = []
    for position, link in enumerate(chain.links):
        run = matrix.add_columns(len(link.starts), cost=link.start_cost, upper=1.0, integer=True)
        at = link.starts[:, None] + np.arange(link.length)[None, :]
        meter.draw(link.phase, at, run[:, None], link.power_kw[None, :])
        row = matrix.add_rows(1.0, 1.0, count=1)
        matrix.add_entries(row, run, 1.0)
        skip = NONE
        if link.skip_cost is not None:
            skip = matrix.add_columns(1, cost=link.skip_cost, upper=1.0, integer=True)
            matrix.add_entries(row, skip, 1.0)
        if position:
            _follows(matrix, chain, position, chosen[-1], run)
        chosen.append(run)
        skipped.append(skip)
    return chosen, skipped


def _follows(matrix: Matrix, chain: ProgrammeChain, position: int, first: IntArray, second: IntArray) -> None:
    """The second run starts only when the first is over (and within the longest wait): strong form, one
    row a start."""
    before, link = chain.links[position - 1], chain.links[position]
    ends = before.starts + before.length
    rows = matrix.add_rows(-INFINITY, 0.0, count=len(link.starts))
    # Runs of the second up to a start need runs of the first that are over by then.
    later, earlier = np.nonzero(np.arange(len(link.starts))[:, None] >= np.arange(len(link.starts))[None, :])
    matrix.add_entries(rows[later], second[earlier], 1.0)
    row, done = np.nonzero(ends[None, :] <= link.starts[:, None])
    matrix.add_entries(rows[row], first[done], -1.0)
    if link.longest_wait_steps is None:
        return
    # Runs of the second from a start on need runs of the first that ended no longer than the wait before
    # it.
    rows = matrix.add_rows(-INFINITY, 0.0, count=len(link.starts))
    earlier, later = np.nonzero(np.arange(len(link.starts))[:, None] <= np.arange(len(link.starts))[None, :])
    matrix.add_entries(rows[earlier], second[later], 1.0)
    row, fresh = np.nonzero(ends[None, :] + link.longest_wait_steps >= link.starts[:, None])
    matrix.add_entries(rows[row], first[fresh], -1.0)
