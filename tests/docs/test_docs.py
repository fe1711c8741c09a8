"""README and docs are executed: every model is checked, every command and every example is run."""

import doctest
import io
import re
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

import evdsl
from evdsl.check import check
from evdsl.cli.main import main
from evdsl.source.diagnostic import errors
from evdsl.source.text import Source
from evdsl.syntax import parse
from symbolic_text import assert_same

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(
    r"^```(?P<kind>[a-z ]*?) ?(?P<file>\w+\.evm)?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
EXECUTED = {"evm", "evm fragment", "console", "python", "pycon"}
SHOWN = {"text", "sh", "json", "bibtex"}
INSIDE_A_BLOCK = ("var ", "constraint ", "minimize ", "maximize ")


@dataclass(frozen=True)
class Block:
    """A fenced block; `file` is the name behind `evm`, under which commands of the page find it."""

    kind: str
    file: str
    body: str
    page: Path
    line: int

    @property
    def name(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            found["kind"],
            found["file"] or "",
            found["body"],
            page,
            text.count("\n", 0, found.start()) + 2,
        )
        for found in FENCE.finditer(text)
    ]


ALL = [block for page in PAGES for block in blocks(page)]


def cases(kind: str) -> pytest.MarkDecorator:
    chosen = [block for block in ALL if block.kind == kind]
    return pytest.mark.parametrize("block", chosen, ids=[block.name for block in chosen])


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a copy of `models`, where commands may write."""
    shutil.copytree(ROOT / "models", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_says_what_it_is() -> None:
    assert {block.kind for block in ALL} <= EXECUTED | SHOWN


def test_files_that_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_/]+/(?:[a-z_]+\.(?:py|lark))?)`", text)
    assert len(named) > 20
    assert [
        name for name in named if not any((ROOT / top / name).exists() for top in ("", "evdsl"))
    ] == []


@cases("evm")
def test_model_is_right(block: Block) -> None:
    model, found = parse(Source(block.name, block.body))
    assert not errors(found)
    assert not errors(check(model))


@cases("evm")
def test_single_level_as_text_is_that_of_the_arrays(block: Block) -> None:
    assert_same(evdsl.loads(block.body))


@cases("evm fragment")
def test_fragment_parses(block: Block) -> None:
    inside = any(line.startswith(INSIDE_A_BLOCK) for line in block.body.splitlines())
    text = f"leader of_a_fragment {{\n{block.body}}}" if inside else block.body
    assert not errors(parse(Source(block.name, text))[1])


@cases("console")
def test_commands_print_what_is_shown(block: Block, workplace: Path) -> None:
    for model in blocks(block.page):
        if model.file:
            (workplace / model.file).write_text(model.body, encoding="utf-8")
    for command, shown in commands(block.body):
        printed = run(command)
        same = doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)
        assert same, f"$ {command}\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_runs(page: Path, workplace: Path) -> None:
    """The Python blocks of a page run in order, in one namespace."""
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.kind == "python":
            exec(compile(block.body, block.name, "exec"), names)
        elif block.kind == "pycon":
            test = doctest.DocTestParser().get_doctest(block.body, names, block.name, None, 0)
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
            runner.run(test, clear_globs=False)
            assert runner.failures == 0
            names.update(test.globs)


def commands(body: str) -> list[tuple[str, str]]:
    """Each `$ command` with what is printed below it."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts]


def run(command: str) -> str:
    """What a command prints in this directory, messages included."""
    words = command.split()
    assert words[0] == "evdsl"
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        main(words[1:])
    return printed.getvalue()
