"""Days as they turn out.

``outlooks`` is what is expected of homes (``skies`` by the weather, ``stored_models`` what models learned before), ``course`` a day of a
home as it comes, ``days`` lives use case 1 day by day in every way, with ``guard``, and ``found`` holds what came of it. ``agreed``,
``market`` and ``grid`` live the days of use cases 2 and 3; ``run`` does all of it for a run. ``surprises`` says when a day turned out
otherwise, ``words`` and ``summary`` tell what the days came to.
"""
