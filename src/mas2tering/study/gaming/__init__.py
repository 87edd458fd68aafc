"""Attacks on the settlement: what each strategy earns under each rule, against honest behaviour on the same days.

``recorded`` holds negotiations that were recorded, ``homes`` what homes plan at their prices, ``weather`` how lived days
differ from plans, ``lies`` and ``strategies`` what attackers do, ``stage`` plans all of it, ``rules`` say who is paid what, ``season`` and
``bench`` play. ``negotiated`` has all homes negotiate a day, ``kept`` keeps what came of it, ``confirmed`` runs the best attacks
again with the negotiation. ``congested`` is a day for ``costs`` of days held out; ``reward`` sizes the flat one, ``feeder`` holds
its meter against forged ones.
"""
