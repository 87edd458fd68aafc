"""Fits of the population models to measured data; run by `calibrate_population.py` and
`compare_population.py`."""
