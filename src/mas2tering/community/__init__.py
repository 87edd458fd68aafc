"""Use case 2: the negotiation of a community about its local price, as pure state machines."""
