"""Use case 1: what a home can do, its best plan for given prices, and the rules that it falls back on.

One value flows through the room: a :class:`~mas2tering.domain.community.Home` is *compiled* on a time axis
into a :class:`~mas2tering.home.model.HomeModel` (arrays, five kinds of device), a planner makes a
:class:`~mas2tering.home.model.Decision` of it, and :func:`~mas2tering.home.evaluate.plan_of` costs every
decision alike, whoever made it.

* ``compile``  words to arrays: windows to steps, wishes to bounds and prices, clashes explained
* ``optimise`` the exact plan for a tariff (HiGHS), with a bound, a budget and a fall-back
* ``answer``   the exact answer to a price vector, many homes at once
* ``rules``    the home without the platform, and the rule without foresight
* ``follow``   a day as it turns out: what stored energy is worth, and the fast rule that follows the meter
"""
