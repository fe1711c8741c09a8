"""Workers of each kind, those elsewhere hired once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from evdsl.workers.cluster import Cluster
from evdsl.workers.processes import Processes
from evdsl.workers.workers import InTurn, Workers

if TYPE_CHECKING:
    from distributed import Client


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    hired = Processes(2)
    yield hired
    hired.close()


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """Of a cluster of two workers on loopback, each with a nanny that starts it again."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(params=["in turn", "processes", "cluster"])
def workers(request: pytest.FixtureRequest) -> Workers:
    if request.param == "in turn":
        return InTurn()
    if request.param == "processes":
        found: Workers = request.getfixturevalue("processes")
        return found
    return Cluster(request.getfixturevalue("client"))
