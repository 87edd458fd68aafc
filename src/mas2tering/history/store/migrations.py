"""Versions of a store's tables, and how an older store becomes a newer one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mas2tering.history.store.errors import StoreVersionError


@dataclass(frozen=True)
class Migration:
    """What leads to a version from the one before it: statements of SQL, in order."""

    version: int
    statements: tuple[str, ...]


def pending(migrations: Sequence[Migration], version: int, where: str) -> Sequence[Migration]:
    """The migrations that a store of a version still needs.

    Raises:
        StoreVersionError: the store is of a later version than any of them.
    """
    if version > migrations[-1].version:
        raise StoreVersionError(
            f"{where} was written by a later version of mas2tering (its tables are of version {version}, this one "
            f"knows up to {migrations[-1].version}): use that version, or another place"
        )
    return [migration for migration in migrations if migration.version > version]


def apply(
    migrations: Sequence[Migration],
    execute: Callable[[str], object],
    version: int | None,
    part: str,
    where: str,
) -> None:
    """Bring tables up to date, inside a transaction that the caller holds.

    Args:
        migrations: all that there are, in order.
        execute: runs a statement.
        version: of the tables; None where there are none yet.
        part: the name under which the table ``schema_version`` keeps their version.
        where: the store, for what is said to people.
    """
    needed = pending(migrations, version or 0, where)
    for migration in needed:
        for statement in migration.statements:
            execute(statement)
    if needed and version is None:
        execute(f"INSERT INTO schema_version (part, version) VALUES ('{part}', {needed[-1].version})")
    elif needed:
        execute(f"UPDATE schema_version SET version = {needed[-1].version} WHERE part = '{part}'")


VERSION_TABLE = (
    "CREATE TABLE IF NOT EXISTS schema_version (part VARCHAR(40) PRIMARY KEY, version INTEGER NOT NULL)"
)
VERSION_OF = "SELECT version FROM schema_version WHERE part = '{part}'"
