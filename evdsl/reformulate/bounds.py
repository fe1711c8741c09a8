"""A bound for each multiplier and each slack of the pairs, with its provenance.

They keep every optimal answer of the followers, not every multiplier of it: the multipliers are
taken in net form (net.py) and, where a proof needs it, at a vertex. `dual in` is read as a claim on
every such optimal multiplier of its row.

Multipliers are homogeneous in the followers' costs. They are bounded for costs of about 1, so that
no tolerance depends on the unit of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evdsl.program.linear import Bools, Floats, Ints
from evdsl.reformulate.encoded import Provenance
from evdsl.reformulate.kkt import EQUAL, UPPER, Kkt, of_sides
from evdsl.reformulate.known_by import By, Reasons, reasons, words
from evdsl.reformulate.net import Net
from evdsl.reformulate.presolve import Presolved, presolve
from evdsl.reformulate.proofs import Known, prove, state
from evdsl.reformulate.refusal import (
    refuse_bad_constant,
    refuse_contradiction,
    refuse_read_multipliers,
    refuse_unbounded_multipliers,
    refuse_unbounded_slacks,
)
from evdsl.reformulate.size import of_costs
from evdsl.reformulate.slack import relaxed_slack

_NOISE = 1e-10
_MARGIN = 1e-6
_WORK = 300_000


@dataclass(frozen=True, eq=False)
class Bounds:
    """`lower`, `upper` (q,) limit the multiplier columns; `slack` (p,) the slacks of the pairs.

    `by` (q,) and `slack_by` (p,) say how each is known: by nothing only where no bound is needed.
    `factor` (p,) is the leader column that makes the pair's row tight (single_factor.py), else -1;
    `switched` (p,) are the pairs in which a choice between slack and multiplier remains.
    """

    net: Net
    factor: Ints
    lower: Floats
    upper: Floats
    slack: Floats
    by: Reasons
    slack_by: Reasons
    switched: Bools

    @cached_property
    def how(self) -> NDArray[np.str_]:
        """(q,): by what each multiplier's bound is known."""
        return words(self.by)

    @cached_property
    def slack_how(self) -> NDArray[np.str_]:
        """(p,): by what each slack's bound is known."""
        return words(self.slack_by)

    @property
    def provenance(self) -> Provenance:
        """Counted are the limits of multipliers in use and, of switched pairs, the slack's."""
        known_by = np.concatenate([self.by, self.slack_by[self.switched]])
        unproved = (By.NOTHING, By.STATED, By.ASSUMED)
        nothing, stated, assumed = (int(np.count_nonzero(known_by == by)) for by in unproved)
        return Provenance(len(known_by) - nothing - stated - assumed, stated, assumed)


def bound(
    kkt: Kkt,
    big_m: float | None = None,
    presolved: Presolved | None = None,
    wanted: Bools | None = None,
    incumbent: Floats | None = None,
) -> Bounds:
    """Bound the pairs of `kkt`, or take the constant `big_m` for all multipliers and slacks.

    Raises EvdslError where a pair needs a bound and none can be proved: E0501 for a multiplier,
    E0502 for a slack, each naming the row and the ways out; and as `known_bounds`.
    """
    known = presolved or presolve(kkt)
    found = known_bounds(kkt, big_m, known, wanted, incumbent)
    endless = np.isinf(found.upper[kkt.pair_dual])
    refuse_unbounded_multipliers(kkt, found.switched & endless)
    refuse_unbounded_slacks(kkt, known.limits, found.switched & np.isinf(found.slack))
    return found


def known_bounds(
    kkt: Kkt,
    big_m: float | None = None,
    presolved: Presolved | None = None,
    wanted: Bools | None = None,
    incumbent: Floats | None = None,
) -> Bounds:
    """The bounds of the pairs as far as they are known, infinite where they are not.

    `wanted` (p,) are the pairs that need bounds, all unless given. With an `incumbent` (n,) they
    need hold for points that are no worse. Raises EvdslError: E0503 where `dual in` contradicts
    what is known, E0504 for a constant that is no positive number, E0505 where the leader reads
    multipliers.
    """
    known_before = presolved or presolve(kkt)
    duals = known_before.net
    factor, slack = known_before.factor, known_before.slack
    is_open = known_before.open & (factor < 0)
    if wanted is not None:
        is_open &= wanted
    if big_m is not None:
        return _assumed(kkt, duals, factor, is_open, big_m)
    refuse_read_multipliers(kkt)
    size = of_costs(kkt.program)
    of_row, of_column = size[kkt.program.row_owner], size[kkt.program.column_owner]
    unit = replace(duals, costs=duals.costs / of_column[duals.columns, None])
    stated = _stated(kkt, of_row)
    ends_needed = _wanted(kkt, duals, is_open)
    quick = known_before.given.intervals
    of_each_net = np.append(of_row[duals.rows], of_column[duals.columns])[:, None]
    known = prove(unit, replace(quick, ends=quick.ends / of_each_net), ends_needed)
    refuse_contradiction(kkt, unit, known.ends, stated, of_row)
    known = state(unit, known, stated[duals.rows], ends_needed)
    lower, upper, by = _multipliers(kkt, duals, known, stated)
    lower, upper = _widened(kkt, lower, upper, of_sides(kkt.duals, of_row, of_column))
    switched = is_open & (upper[kkt.pair_dual] > 0)
    work = int(switched.sum()) * kkt.program.joint.shape[1]
    by_lp = switched & (np.isinf(slack) | (work <= _WORK))
    relaxed = relaxed_slack(kkt, slack, by_lp, incumbent)
    return Bounds(
        net=duals,
        factor=factor,
        lower=lower,
        upper=upper,
        slack=relaxed + _MARGIN * np.maximum(1.0, relaxed),
        by=by,
        slack_by=_how_slack(slack, relaxed, incumbent),
        switched=switched & (relaxed > 0),
    )


def _how_slack(interval: Floats, relaxed: Floats, incumbent: Floats | None) -> Reasons:
    how = reasons(len(relaxed), By.INTERVAL)
    how[relaxed < interval] = By.RELAXATION if incumbent is None else By.CUTOFF
    how[~np.isfinite(relaxed)] = By.NOTHING
    return how


def _assumed(kkt: Kkt, duals: Net, factor: Ints, is_open: Bools, constant: float) -> Bounds:
    refuse_bad_constant(constant)
    free = kkt.duals.side == EQUAL
    p = len(kkt.pairs)
    return Bounds(
        net=duals,
        factor=factor,
        lower=np.where(free, -np.inf, 0.0),
        upper=np.where(free, np.inf, constant),
        slack=np.full(p, constant),
        by=np.where(free, np.int8(By.NOTHING), np.int8(By.ASSUMED)),
        slack_by=reasons(p, By.ASSUMED),
        switched=is_open,
    )


def _stated(kkt: Kkt, size: Floats) -> Floats:
    """(m, 2): what `dual in` says of each row's `λL - λU` in minimum form and in units of `size`
    (m,), else infinite."""
    program, nothing = kkt.program, np.array([-np.inf, np.inf])
    if not program.dual_stated.any():
        return np.broadcast_to(nothing, (len(size), 2))
    sense = program.owner_sense[program.row_owner]
    ends = np.stack([program.dual_lower, program.dual_upper], axis=1)
    flipped = np.where((sense < 0)[:, None], -ends[:, ::-1], ends)
    return np.where(program.dual_stated[:, None], flipped, nothing) / size[:, None]


def _factor(kkt: Kkt, net: Net) -> Floats:
    """(q,): a λ or r divided by this is the value of the multiplier that carries it."""
    return np.where(net.gain == 0, kkt.duals.sign, net.gain)


def _wanted(kkt: Kkt, net: Net, is_open: Bools) -> Bools:
    """(R + F, 2): the ends of λ and r that the multipliers of the open pairs need."""
    wanted = np.zeros((len(net.rows) + len(net.columns) + 1, 2), np.bool_)
    pair = kkt.pair_dual[is_open]
    wanted.ravel()[2 * net.group[pair] + (_factor(kkt, net)[pair] > 0)] = True
    return wanted[:-1]


def _multipliers(
    kkt: Kkt, net: Net, known: Known, stated: Floats
) -> tuple[Floats, Floats, Reasons]:
    """(q,) the least and the largest values of the multipliers in the units of `known`, and how
    they are known; one-sided ones have 0 for their least."""
    factor, free = _factor(kkt, net), np.flatnonzero(kkt.duals.side == EQUAL)
    at_most = 2 * net.group + (factor > 0)
    at_least = 2 * net.group[free] + (factor[free] < 0)
    ends = np.append(known.ends, [[0.0, 0.0]], axis=0).ravel()
    how = np.append(known.how, reasons((1, 2), By.NET), axis=0).ravel()
    lower, upper, by = np.zeros(len(factor)), ends[at_most] / factor, how[at_most]
    lower[free] = ends[at_least] / factor[free]
    by[free[how[at_least] == By.STATED]] = By.STATED
    if not np.isinf(stated).all():
        claims = _claims(kkt, stated)
        more, less = free[claims[free, 0] > lower[free]], claims[:, 1] < upper
        lower[more], upper[less] = claims[more, 0], claims[less, 1]
        by[more] = by[less] = By.STATED
    return lower, upper, by


def _claims(kkt: Kkt, stated: Floats) -> Floats:
    """(q, 2): what `stated` (m, 2) says of each multiplier itself."""
    everything = np.array([[-np.inf, np.inf]])
    of_row = np.vstack([stated, everything])[kkt.duals.row]
    return np.where((kkt.duals.side == UPPER)[:, None], -of_row[:, ::-1], of_row)


def _widened(kkt: Kkt, lower: Floats, upper: Floats, size: Floats) -> tuple[Floats, Floats]:
    """The ends in units of `size` (q,), wider than a solver's tolerance.

    One-sided multipliers start at 0, or are 0 altogether.
    """
    never = (kkt.duals.side != EQUAL) & (upper <= _NOISE)
    lower, upper, least = lower * size, upper * size, np.minimum(1.0, size)
    upper += _MARGIN * np.maximum(least, np.abs(upper))
    upper[never] = 0.0
    free = np.flatnonzero(kkt.duals.side == EQUAL)
    lower[free] -= _MARGIN * np.maximum(least[free], np.abs(lower[free]))
    return lower, upper
