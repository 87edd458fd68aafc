"""The report of a run: one HTML page that holds its data, its charts and all that draws them, and works
offline.

* ``wording``      amounts, shares and times as text
* ``activity``     what a device does when, and how that text is put
* ``balance``      where energy comes from and where it goes, step by step
* ``attribution``  how much of a home's saving each device brings
* ``packing``      series as short text
* ``tables``       the homes, their devices and what they own, as plain data
* ``readings``     one sentence a chart, computed from the run
* ``market``       the local market: prices, trades, agreement, money, statements
* ``market_readings``  one sentence a picture of it
* ``grid``         the network: voltages, loading, what limits cost, who was paid for what
* ``grid_readings``  one sentence a picture of it
* ``lived``        the days as they turned out
* ``turns``        how a home's plan adapted to a day that turned out otherwise
* ``season``       who is paid for which loss by the season's rule
* ``data``         all of it together, as embedded in the page
* ``page``         the page itself, from the files in ``template``
"""

from mas2tering.study.report.page import write_report

__all__ = ["write_report"]
