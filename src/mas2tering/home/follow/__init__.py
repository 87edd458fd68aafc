"""The day as it turns out: the plan sets prices for what stores hold, a fast rule follows the meter.

* ``outlook``    what is expected of load and generation, as scenarios, corrected by what was measured today
* ``values``     what a kWh in a store is worth at each step, by stochastic dynamic programming over scenarios
* ``clearing``   the fast rule: stores of a home take and give until their worth and the meter's price agree
* ``stays``      what is known of a car that comes or leaves otherwise than expected
* ``replanning`` beside that: the plan made anew every so often, and carried out as it stands
* ``steering``   a home on its way through a day: worth found anew every hour, the fast rule at each step
"""
