"""Piecewise-linear functions that need not be convex: the few operations that an exact dynamic programme
takes.

A function is continuous on an interval and held as its breakpoints ``x`` (ascending) and values ``v`` in two
arrays with a count.
"""

import math

import numpy as np

from mas2tering.home.answer.compiled import borrowing, compiled
from mas2tering.home.model import FloatArray, IntArray

_TIGHT = 1e-11
_STRAIGHT = 1e-12
_OUTSIDE = 1e300


@borrowing
def evaluate(x: FloatArray, v: FloatArray, count: int, at: float) -> float:
    """Value at a point; infinite outside the interval (beyond rounding)."""
    if at < x[0]:
        return float(v[0]) if at >= x[0] - 1e-9 else math.inf
    if at > x[count - 1]:
        return float(v[count - 1]) if at <= x[count - 1] + 1e-9 else math.inf
    low, high = 0, count - 1
    while high - low > 1:
        middle = (low + high) // 2
        if x[middle] <= at:
            low = middle
        else:
            high = middle
    if x[high] == x[low]:
        return float(min(v[low], v[high]))
    return float(v[low] + (v[high] - v[low]) * (at - x[low]) / (x[high] - x[low]))


@borrowing
def append(x: FloatArray, v: FloatArray, count: int, at: float, value: float) -> int:
    """Add a breakpoint at the right end; one on a straight line replaces the one before it. Returns the new
    count."""
    if count > 0 and at <= x[count - 1] + _TIGHT:
        if value < v[count - 1]:
            v[count - 1] = value
        return count
    if count > 1:
        reach = x[count - 1] - x[count - 2]
        line = v[count - 2] + (v[count - 1] - v[count - 2]) * ((at - x[count - 2]) / reach)
        if abs(line - value) <= _STRAIGHT * (1.0 + abs(value)):
            x[count - 1] = at
            v[count - 1] = value
            return count
    x[count] = at
    v[count] = value
    return count + 1


@borrowing
def window_minimum(
    x: FloatArray,
    v: FloatArray,
    count: int,
    begin: float,
    end: float,
    cost: float,
    out_x: FloatArray,
    out_v: FloatArray,
    queue: IntArray,
) -> int:
    """w(y) = min over f in [begin, end] of cost f + g(y + f), for g given by breakpoints; exact. Returns the
    count of w.

    With F(z) = g(z) + cost z it is -cost y plus the minimum of F in the window [y + begin, y + end]. Between
    neighbouring points of {x_i - begin} and {x_i - end} the window's edges move along straight lines and the
    breakpoints inside stay the same, so that the minimum is the lower envelope of two lines and a constant.
    """
    made = _extended(x, v, count, begin, end, cost, out_x, out_v)
    if made > 0:
        return made
    # Indices of breakpoints inside the window, their F ascending: the head is the window's minimum.
    head, tail, entered = 0, 0, 0
    left, right = 0, 0  # how many of x - begin, and of x - end, lie at ``point`` or before
    point = x[0] - end
    while True:
        while right < count and x[right] - end <= point + _TIGHT:
            right += 1
        while left < count and x[left] - begin <= point + _TIGHT:
            left += 1
        last = left >= count
        following = point
        if not last:
            following = x[left] - begin
            if right < count:
                following = min(following, x[right] - end)
        # Breakpoints inside the window all the way from ``point`` to ``following``.
        while entered < count and x[entered] <= point + end + _TIGHT:
            value = v[entered] + cost * x[entered]
            while tail > head and v[queue[tail - 1]] + cost * x[queue[tail - 1]] >= value:
                tail -= 1
            queue[tail] = entered
            tail += 1
            entered += 1
        while tail > head and x[queue[head]] < following + begin - _TIGHT:
            head += 1
        inside = _OUTSIDE
        if tail > head:
            inside = v[queue[head]] + cost * x[queue[head]]
        if last:
            return append(
                out_x, out_v, made, point, min(v[count - 1] + cost * x[count - 1], inside) - cost * point
            )
        a0, a1 = _on_line(x, v, count, left, point + begin, following + begin, cost)
        b0, b1 = _on_line(x, v, count, right, point + end, following + end, cost)
        made = _envelope(a0, a1, b0, b1, inside, point, following, cost, out_x, out_v, made)
        point = following


@borrowing
def _extended(
    x: FloatArray,
    v: FloatArray,
    count: int,
    begin: float,
    end: float,
    cost: float,
    out_x: FloatArray,
    out_v: FloatArray,
) -> int:
    """The window minimum where there is no choice, or where moving never pays inside the interval: the
    function itself, moved or reaching further. 0 if it does pay."""
    if end - begin <= _TIGHT:
        for j in range(count):
            out_x[j] = x[j] - begin
            out_v[j] = v[j] + cost * begin
        return count
    if begin == 0.0:
        for j in range(1, count):
            if v[j] - v[j - 1] < -cost * (x[j] - x[j - 1]) - 1e-13:
                return 0
        made = append(out_x, out_v, 0, x[0] - end, v[0] + cost * end)
        for j in range(count):
            made = append(out_x, out_v, made, x[j], v[j])
        return made
    if end == 0.0:
        for j in range(1, count):
            if v[j] - v[j - 1] > -cost * (x[j] - x[j - 1]) + 1e-13:
                return 0
        made = 0
        for j in range(count):
            made = append(out_x, out_v, made, x[j], v[j])
        return append(out_x, out_v, made, x[count - 1] - begin, v[count - 1] + cost * begin)
    return 0


@borrowing
def _on_line(
    x: FloatArray, v: FloatArray, count: int, passed: int, first: float, second: float, cost: float
) -> tuple[float, float]:
    """F at two points of the piece between breakpoints ``passed`` - 1 and ``passed``; far above all values
    outside the interval."""
    if passed == 0 or passed >= count:
        return _OUTSIDE, _OUTSIDE
    slope = (v[passed] - v[passed - 1]) / (x[passed] - x[passed - 1])
    return (
        v[passed - 1] + slope * (first - x[passed - 1]) + cost * first,
        v[passed - 1] + slope * (second - x[passed - 1]) + cost * second,
    )


@borrowing
def _envelope(
    a0: float,
    a1: float,
    b0: float,
    b1: float,
    inside: float,
    point: float,
    following: float,
    cost: float,
    out_x: FloatArray,
    out_v: FloatArray,
    made: int,
) -> int:
    """Append min(a, b, inside) - cost y for y from ``point`` to ``following``, a and b lines through their
    values at both ends."""
    span = following - point
    made = append(out_x, out_v, made, point, min(a0, b0, inside) - cost * point)
    if span <= _TIGHT:
        return made
    # Crossings of the three lines, in order; between them the envelope is one line.
    first = second = third = 2.0
    if (a0 < b0) != (a1 < b1):
        first = (a0 - b0) / ((a0 - b0) - (a1 - b1))
    if (a0 < inside) != (a1 < inside):
        second = (a0 - inside) / (a0 - a1)
    if (b0 < inside) != (b1 < inside):
        third = (b0 - inside) / (b0 - b1)
    if first < 2.0 or second < 2.0 or third < 2.0:
        if first > second:
            first, second = second, first
        if second > third:
            second, third = third, second
        if first > second:
            first, second = second, first
        for share in (first, second, third):
            if 0.0 < share < 1.0:
                value = min(a0 + (a1 - a0) * share, b0 + (b1 - b0) * share, inside)
                at = point + share * span
                made = append(out_x, out_v, made, at, value - cost * at)
    return append(out_x, out_v, made, following, min(a1, b1, inside) - cost * following)


@borrowing
def minimum(
    x1: FloatArray,
    v1: FloatArray,
    count1: int,
    x2: FloatArray,
    v2: FloatArray,
    count2: int,
    out_x: FloatArray,
    out_v: FloatArray,
) -> int:
    """The lower envelope of two functions on the union of their intervals (which overlap or touch). Returns
    its count."""
    i, j, made = 0, 0, 0
    previous_x, previous_1, previous_2 = 0.0, 0.0, 0.0
    first = True
    while i < count1 or j < count2:
        if j >= count2 or (i < count1 and x1[i] <= x2[j]):
            at = x1[i]
            i += 1
        else:
            at = x2[j]
            j += 1
        while i < count1 and x1[i] <= at + _TIGHT:
            i += 1
        while j < count2 and x2[j] <= at + _TIGHT:
            j += 1
        value1, value2 = evaluate(x1, v1, count1, at), evaluate(x2, v2, count2, at)
        if not first:
            before, after = previous_1 - previous_2, value1 - value2
            if math.isfinite(before) and math.isfinite(after) and before * after < 0.0:
                share = before / (before - after)
                made = append(
                    out_x,
                    out_v,
                    made,
                    previous_x + share * (at - previous_x),
                    previous_1 + share * (value1 - previous_1),
                )
        made = append(out_x, out_v, made, at, min(value1, value2))
        previous_x, previous_1, previous_2 = at, value1, value2
        first = False
    return made


@borrowing
def add_discomfort(
    x: FloatArray,
    v: FloatArray,
    count: int,
    below: float,
    below_price: float,
    above: float,
    above_price: float,
    out_x: FloatArray,
    out_v: FloatArray,
) -> int:
    """Add below_price max(0, below - x) + above_price max(0, x - above). Returns the new count."""
    made = 0
    for j in range(count):
        if j > 0:
            low, high = min(below, above), max(below, above)
            for edge in (low, high):
                if x[j - 1] + _TIGHT < edge < x[j] - _TIGHT:
                    value = v[j - 1] + (v[j] - v[j - 1]) * (edge - x[j - 1]) / (x[j] - x[j - 1])
                    made = _plain(out_x, out_v, made, edge, value)
        made = _plain(out_x, out_v, made, x[j], v[j])
    for j in range(made):
        out_v[j] += below_price * max(0.0, below - out_x[j]) + above_price * max(0.0, out_x[j] - above)
    return made


@borrowing
def _plain(x: FloatArray, v: FloatArray, count: int, at: float, value: float) -> int:
    x[count] = at
    v[count] = value
    return count + 1


@borrowing
def rescale_and_clip(
    x: FloatArray,
    v: FloatArray,
    count: int,
    shift: float,
    factor: float,
    lower: float,
    upper: float,
    out_x: FloatArray,
    out_v: FloatArray,
) -> int:
    """h(s) = g(factor s - shift) on [lower, upper]. Returns the count; never less than one point."""
    made = 0
    first, last = (x[0] + shift) / factor, (x[count - 1] + shift) / factor
    low, high = max(lower, first), min(upper, last)
    if high < low:
        # The limits and what is reachable only touch, up to rounding.
        middle = low if first > upper else high
        out_x[0] = middle
        out_v[0] = v[0] if first > upper else v[count - 1]
        return 1
    made = append(out_x, out_v, made, low, evaluate(x, v, count, factor * low - shift))
    for j in range(count):
        at = (x[j] + shift) / factor
        if low + _TIGHT < at < high - _TIGHT:
            made = append(out_x, out_v, made, at, v[j])
    if high > low + _TIGHT:
        made = append(out_x, out_v, made, high, evaluate(x, v, count, factor * high - shift))
    return made


@compiled
def keep(
    x: FloatArray, v: FloatArray, count: int, begin: int, kept_x: FloatArray, kept_v: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Copy a function behind the others that are kept end to end; the arrays grow where they must.

    Values of a whole day are kept for the way forward. Fresh memory is dear, so that they lie close together.
    """
    if begin + count > kept_x.shape[0]:
        more_x, more_v = np.empty(2 * (begin + count)), np.empty(2 * (begin + count))
        more_x[:begin] = kept_x[:begin]
        more_v[:begin] = kept_v[:begin]
        kept_x, kept_v = more_x, more_v
    kept_x[begin : begin + count] = x[:count]
    kept_v[begin : begin + count] = v[:count]
    return kept_x, kept_v


@borrowing
def copy(x: FloatArray, v: FloatArray, count: int, out_x: FloatArray, out_v: FloatArray) -> int:
    """Copy a function; returns its count."""
    for j in range(count):
        out_x[j] = x[j]
        out_v[j] = v[j]
    return count
