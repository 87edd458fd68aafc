"""Every back end, for the same tests; a PostgreSQL server where one listens, otherwise one of our own."""

import importlib.util
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


def _helper(name: str) -> ModuleType:
    """A module of this folder, which is no package, by a name that tests import."""
    spec = importlib.util.spec_from_file_location(f"history_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"history_{name}"] = module
    spec.loader.exec_module(module)
    return module


servers = _helper("servers")
_helper("writing_process")

BACKENDS = ("duckdb", "sqlite", "postgres")


@pytest.fixture(scope="session")
def own_server() -> Iterator["servers.OwnServer"]:
    """A server that a test may kill."""
    if servers.binaries() is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt install postgresql)")
    server = servers.OwnServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """A server where databases can be made: MAS2TERING_POSTGRES, 127.0.0.1:5432, or our own."""
    import psycopg

    for location in (
        os.environ.get("MAS2TERING_POSTGRES"),
        "postgresql://postgres@127.0.0.1:5432/postgres",
        "postgresql://127.0.0.1:5432/postgres",
    ):
        try:
            if location:
                psycopg.connect(location, connect_timeout=3).close()
                return location
        except psycopg.Error:
            continue
    location = request.getfixturevalue("own_server").location
    assert isinstance(location, str)
    return location


@pytest.fixture(scope="session")
def database(postgres: str) -> Iterator[str]:
    """A database of this run, dropped in the end."""
    import psycopg

    name = f"mas2tering_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{postgres.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def new_schema(database: str) -> str:
    """An empty schema of a database, as a location."""
    import psycopg

    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return f"{database}?options=-csearch_path%3D{name}"


@pytest.fixture(params=BACKENDS)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place for a historical database, on each back end."""
    if request.param == "postgres":
        return new_schema(request.getfixturevalue("database"))
    return f"{request.param}:{tmp_path}"
