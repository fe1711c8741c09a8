"""Every message, from a model that is wrong in one way: `broken/NAME.evm` and `broken/NAME.txt`.

Each model is given to the command line inside the folder; what it says on standard error and the
exit code must be what the golden file holds. A first line `# run: solve --solver highs` names the
command and its options; without it that is `check --no-data`. The model's name is put behind the
command, or nowhere where the line starts with `# run alone:`. What no model can bring about, such as
a solver that fails, is a script `NAME.py` instead. After a change that is meant,
`python tests/test_broken.py --accept` writes the golden files anew; read the difference.
"""

from __future__ import annotations

import io
import re
import runpy
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import evdsl
from evdsl.cli.main import main
from evdsl.source.diagnostic import EvdslError
from evdsl.source.render import render

BROKEN = Path(__file__).parent / "broken"
PACKAGE = Path(evdsl.__file__).parent
MODELS = sorted([*BROKEN.glob("*.evm"), *BROKEN.glob("*.py")])
CODE = re.compile(r"[EW]\d{4}")


def arguments(model: Path) -> list[str]:
    """The words behind `evdsl`."""
    first = model.read_text(encoding="utf-8").partition("\n")[0]
    if first.startswith("# run alone:"):
        return first.removeprefix("# run alone:").split()
    words = first.removeprefix("# run:").split() if first.startswith("# run:") else []
    command, *options = words or ["check", "--no-data"]
    return [command, model.name, *options]


def run(model: Path) -> str:
    """What the command line says about a model, with the exit code on the first line."""
    said = io.StringIO()
    with chdir(model.parent), redirect_stderr(said), redirect_stdout(io.StringIO()):
        code = run_script(model) if model.suffix == ".py" else main(arguments(model))
    return f"exit {code}\n{said.getvalue()}"


def run_script(script: Path) -> int:
    """Run a script to its `sys.exit(code)`, or to the EvdslError that it is about."""
    try:
        runpy.run_path(script.name, run_name="__main__")
    except SystemExit as end:
        return int(end.code or 0)
    except EvdslError as error:
        sys.stderr.write(render(error.diagnostics).rstrip("\n") + "\n")
        return 2
    raise AssertionError(f"{script.name} has no message")


def golden(model: Path) -> Path:
    return model.with_suffix(".txt")


def messages(text: str) -> Iterator[str]:
    """The single messages of a golden file."""
    _, _, rest = text.partition("\n")
    return (part for part in re.split(r"\n\n(?=error|warning)", rest.strip()) if part)


def used_codes() -> set[str]:
    """The codes that stand as literals in the sources."""
    sources = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return {code for text in sources for code in re.findall(r'"([EW]\d{4})"', text)}


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_it_says_what_the_golden_file_holds(model: Path) -> None:
    assert run(model) == golden(model).read_text(encoding="utf-8")


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_it_ends_with_exit_code_2_and_points_at_the_place(model: Path) -> None:
    text = golden(model).read_text(encoding="utf-8")
    assert "Traceback" not in text
    found = list(messages(text))
    assert found
    wrong = any(message.startswith("error[") for message in found)
    solved = model.suffix == ".py" or "solve" in arguments(model)
    ends = {"exit 2", "exit 1", "exit 3"} if solved else {"exit 2"}
    assert text.partition("\n")[0] in (ends if wrong else {"exit 0"})
    for message in found:
        assert re.match(r"(error|warning)\[[EW]\d{4}\]: \S", message)
        placed = model.suffix == ".evm" and "E0303" not in message
        if placed and re.match(r"\w+\[[EW]0[123]", message):
            assert re.search(rf"--> {re.escape(model.name)}:\d+:\d+\n", message)
            assert re.search(r"\n +\| +\^", message)


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_model_named_after_a_code_says_it(model: Path) -> None:
    code = model.stem.partition("_")[0]
    if CODE.fullmatch(code):
        assert f"[{code}]" in golden(model).read_text(encoding="utf-8")


def test_every_code_has_an_example() -> None:
    said = {code for model in MODELS for code in CODE.findall(golden(model).read_text("utf-8"))}
    assert sorted(used_codes() - said) == []


def test_every_golden_file_has_a_model() -> None:
    assert [
        path.name
        for path in BROKEN.glob("*.txt")
        if path.with_suffix(".evm") not in MODELS and path.with_suffix(".py") not in MODELS
    ] == []


def accept() -> None:
    for model in MODELS:
        text = run(model)
        assert "Traceback" not in text, f"{model.name}\n{text}"
        if not golden(model).exists() or golden(model).read_text(encoding="utf-8") != text:
            golden(model).write_text(text, encoding="utf-8")
            print(f"accepted {golden(model).name}")


if __name__ == "__main__":
    if sys.argv[1:] != ["--accept"]:
        sys.exit("usage: python tests/test_broken.py --accept")
    accept()
