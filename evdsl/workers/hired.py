"""The workers that a user asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.workers.workers import InTurn, Workers

if TYPE_CHECKING:
    from distributed import Client

    from evdsl.workers.cluster import Cluster
    from evdsl.workers.processes import Processes


@contextmanager
def hired(
    jobs: int = 1, cluster: str | Client | None = None, modules: tuple[str, ...] = ()
) -> Iterator[Workers]:
    """`jobs` processes, or those of a cluster, which import `modules` first, and nobody else for
    one job; sent home at the end.

    Raises EvdslError where they cannot be had (E0652, E0654, E0655), and where both are asked for
    (E0657).
    """
    if cluster is not None and jobs != 1:
        raise EvdslError([_BOTH])
    if cluster is None and jobs == 1:
        yield InTurn()
        return
    with closing(_several(jobs, cluster, modules)) as workers:
        yield workers


def _several(
    jobs: int, cluster: str | Client | None, modules: tuple[str, ...]
) -> Cluster | Processes:
    if cluster is not None:
        from evdsl.workers.cluster import Cluster

        return Cluster(cluster, modules)
    from evdsl.workers.processes import Processes

    return Processes(jobs, modules)


_BOTH = Diagnostic(
    "E0657",
    "jobs are processes of this machine, and a cluster was given as well",
    help="leave one of them out",
)
