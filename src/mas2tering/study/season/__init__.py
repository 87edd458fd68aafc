"""The season's rule in a run, and over a generated season.

* ``agreed``    a congested day as it was agreed on and as it was lived
* ``gate``      what boxes and both sides seal before congestion is known, and what is opened afterwards
* ``judge``     the day judged by the rule, orders of opened homes recomputed
* ``account``   the days of a run in the season's ledger: what is due, when it is paid, what is held back
* ``wording``   all of it in words, and each home's statement
* ``figures``   what a run's summary says of it
* ``publish``   the document from which a home works its payment out again
* ``stored``    the ledger in a database, to which entries can only be added
* ``generated`` a season of congested days on recorded negotiations, month by month
* ``page``      that season as a page
* ``written``   that season in its folder
"""
