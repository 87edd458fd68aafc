"""The words everybody speaks: time, profiles, devices, wishes, tariffs, contracts, plans, errors. Pure: no
files, no clock.

Consumption and import are positive everywhere, generation and export negative. Power is the mean over a step
in kW, energy in kWh, money in the community's currency.
"""
