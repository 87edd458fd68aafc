"""What can go wrong with a store, in the user's words. Whatever was acknowledged before stays."""


class StoreError(OSError):
    """The store could not do what it was asked; nothing of this request was stored."""


class StoreBusyError(StoreError):
    """Another process owns the store: the historian, which serves the rest."""


class StoreUnavailableError(StoreError):
    """The database went away or cannot be reached. Whether the last write was stored is not known: write it again,
    what is there already is stored once."""


class StoreFullError(StoreError):
    """There is no room on the disk."""


class StoreVersionError(StoreError):
    """The store was written by a later version of the platform."""
