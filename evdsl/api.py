"""What `import evdsl` offers: models from files, text and Python, and how to solve them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from evdsl.ir import model as ir
from evdsl.source.diagnostic import Diagnostic, EvdslError, errors
from evdsl.source.text import Source

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

    from evdsl.backends.options import OptionValue, Watch
    from evdsl.program.ground import Grounded
    from evdsl.solve.solution import Solution

Tables: TypeAlias = Mapping[str, Union["pd.DataFrame", str, Path]]
Params: TypeAlias = Mapping[str, float]

# what workers import while they wait for their first task
_TASKS = ("evdsl.program.references", "evdsl.solve.search.chain", "highspy", "piqp")


@dataclass(frozen=True, repr=False)
class Model:
    """A model that can be checked and solved.

    `ir` is its tree (see `docs/ir.md`); `base` is the directory that the files of its tables are
    relative to. A changed model is a new one: `Model(ir.with_declaration(...), base)`.
    """

    ir: ir.Model
    base: str | Path = "."

    def __repr__(self) -> str:
        return f"<Model {self.ir.name or 'without a name'}>"

    def check(self) -> list[Diagnostic]:
        """All that is wrong or doubtful in the model, as far as it can be known without data."""
        from evdsl.check import check

        return check(self.ir)

    def ground(self, *, data: Tables | None = None, params: Params | None = None) -> Grounded:
        """The model with its data as arrays: `.program` is the two-level Program.

        Solves the references. Raises EvdslError where the model or its data are wrong.
        """
        from evdsl.program.ground import ground
        from evdsl.solve.prepare import checked

        checked(self.ir)
        return ground(self.ir, Path(self.base), data or {}, params or {})

    def solve(
        self,
        solver: str = "highs",
        method: str = "auto",
        *,
        time_limit: float | None = None,
        gap: float = 1e-4,
        threads: int = 1,
        seed: int = 0,
        data: Tables | None = None,
        params: Params | None = None,
        start: str | Path | Solution | None = None,
        keep: str | Path | None = None,
        resume: str | Path | None = None,
        options: Mapping[str, OptionValue] | None = None,
        log: str | Path | None = None,
        via: str | None = None,
        extend: Callable[[Any], None] | None = None,
        big_m: float | None = None,
        methods: Mapping[str, str] | None = None,
        pessimistic: bool = False,
        jobs: int = 1,
        cluster: str | Client | None = None,
        watch: Watch | None = None,
    ) -> Solution:
        """Solve to a certified point.

        `solver`: `highs`, `scip`, or a name that Pyomo knows. `method`: how pairs are treated,
        `bigm`, `sos1`, `indicator`, `branch` (our own branch and bound), or `auto` for what suits
        the problem and the solver; `methods` says otherwise for constraints and variables by their
        names, `{"aev.soc": "sos1"}`. `time_limit` in seconds; `gap` relative.
        `data` replaces tables by DataFrames or files, `params` scalar parameters. `start` is a
        Solution or a `solution.json` to begin from. `keep` is a file for the best answer so far,
        written again and again; `resume` is such a file, or a `solution.json`, of the same model,
        data and parameters, to go on from with its answer and its bound. `options` are the solver's
        own, `log` a file for its log. `via="pyomo"` solves through Pyomo's interfaces; so does
        `extend`, which is given the Pyomo model before it is solved. `big_m` replaces the proved
        bounds by one constant, for the study of others' results. `pessimistic` counts the worst of
        the followers' optima in place of the best. Independent parts of the model and references
        are solved by `jobs` processes, or by the workers of a Dask `cluster`, the address of its
        scheduler or a client; a script that asks for them does so under
        `if __name__ == "__main__":`. `watch` is told of the progress.

        Raises EvdslError where the input is wrong; whether a point was found is in
        `Solution.status`.
        """
        from evdsl.backends.options import SolveOptions
        from evdsl.solve.route import Request
        from evdsl.solve.run import run
        from evdsl.workers.hired import hired

        limits = SolveOptions(
            time_limit=None if time_limit == math.inf else time_limit,
            gap=gap,
            threads=threads,
            seed=seed,
            log=Path(log) if log is not None else None,
            extra=dict(options or {}),
        )
        request = Request(
            solver=solver,
            method=method,
            via=via,
            big_m=big_m,
            methods=dict(methods or {}),
            extend=extend,
            pessimistic=pessimistic,
            start=start,
            keep=None if keep is None else Path(keep),
            resume=None if resume is None else Path(resume),
            data=data or {},
            params=params or {},
            options=limits,
        )
        with hired(jobs, cluster, _TASKS) as workers:
            return run(self.ir, Path(self.base), request, watch, workers)


def load(path: str | Path) -> Model:
    """The model in a file. Raises EvdslError where it cannot be read or parsed."""
    path = Path(path)
    return Model(_parsed(read_source(path)), path.parent)


def loads(text: str, base: str | Path = ".") -> Model:
    """The model in a text; the files of its tables are relative to `base`."""
    return Model(_parsed(Source("<text>", text)), Path(base))


def to_pyomo(
    model: Model,
    method: str = "bigm",
    *,
    data: Tables | None = None,
    params: Params | None = None,
    big_m: float | None = None,
) -> Any:
    """The single-level problem as a Pyomo ConcreteModel, to extend and to solve with Pyomo.

    Its components are indexed and read like the model: `m.aev.c["2019-12-02T00:00Z"]`. Raises
    EvdslError where the model, its data or the method are wrong or a bound has no proof.
    """
    from evdsl.backends.pyomo import to_pyomo as build
    from evdsl.solve.plan import check_request, plan_pyomo
    from evdsl.solve.route import Request

    request = Request("pyomo", method, big_m=big_m)
    check_request(request)
    program = model.ground(data=data, params=params).program
    return build(plan_pyomo(program, request).single.encoded.mip, program)


def from_pyomo(
    solved: Any,
    model: Model,
    method: str = "bigm",
    *,
    data: Tables | None = None,
    params: Params | None = None,
    big_m: float | None = None,
) -> Solution:
    """The Solution in a Pyomo model of `to_pyomo` that has been solved: polished and certified.

    The arguments are those that `to_pyomo` was given. There is no bound, since none comes along.
    """
    from evdsl.solve.route import Request
    from evdsl.solve.run import read_pyomo

    request = Request("pyomo", method, big_m=big_m, data=data or {}, params=params or {})
    return read_pyomo(model.ir, Path(model.base), request, solved)


def read_source(path: Path) -> Source:
    """The text of a model file. Raises EvdslError where it cannot be read."""
    return Source(str(path), _text(path))


def _parsed(source: Source) -> ir.Model:
    from evdsl.syntax import parse

    model, diagnostics = parse(source)
    if errors(diagnostics):
        raise EvdslError(diagnostics)
    return model


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise EvdslError([_missing(path)]) from None
    except IsADirectoryError:
        raise EvdslError([_directory(path)]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EvdslError([Diagnostic("E0612", f"`{path}` cannot be read: {reason}")]) from None
    except UnicodeDecodeError as error:
        raise EvdslError([not_utf8(path, error)]) from None


def _missing(path: Path) -> Diagnostic:
    from evdsl.source.suggest import closest

    folder = path.parent
    near = closest(path.name, [p.name for p in folder.glob("*.evm")]) if folder.is_dir() else None
    mend = f"did you mean `{folder / near}`?" if near else None
    return Diagnostic("E0610", f"there is no file `{path}`", help=mend)


def _directory(path: Path) -> Diagnostic:
    models = sorted(path.glob("*.evm"))
    mend = f"write `{models[0]}`" if models else "name a file that ends in `.evm`"
    return Diagnostic("E0611", f"`{path}` is a directory, not a model", help=mend)


def not_utf8(path: str | Path, error: UnicodeDecodeError) -> Diagnostic:
    """E0613: where a text stops to be UTF-8."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return Diagnostic(
        "E0613",
        f"`{path}` is not UTF-8: byte 0x{error.object[error.start]:02x} in line {line}",
        help="save it as UTF-8",
    )
