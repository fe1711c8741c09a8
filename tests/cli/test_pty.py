"""What a person at a terminal sees: under a pseudo-terminal, where standard output is a pipe."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from shell import BARD, ROOT, TWO_UNITS

CTRL_C = b"\x03"
LONGEST = 60.0


class Seen:
    """A run of `evdsl` whose standard error is a terminal of 100 columns.

    `screen` is what has been written to it so far; Ctrl-C is typed once it shows `until`.
    """

    def __init__(self, *words: str, until: str = "") -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-c", _RUN, *words],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        said, typed, started = b"", not until, time.monotonic()
        while time.monotonic() < started + LONGEST:
            if select.select([master], [], [], 0.02)[0]:
                try:
                    said += os.read(master, 1 << 16)
                except OSError:  # the other end is closed
                    break
            if not typed and until in said.decode(errors="replace"):
                os.write(master, CTRL_C)
                typed = True
        assert process.stdout is not None
        self.out = process.stdout.read().decode()
        self.code = process.wait()
        self.screen = said.decode()
        os.close(master)

    @property
    def left(self) -> str:
        """What stays on the terminal, as far as it was written with the few codes below."""
        lines, row, column = [""], 0, 0
        for code in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|.", self.screen, re.DOTALL):
            if code == "\r":
                column = 0
            elif code == "\n":
                row += 1
                lines += [""] * (row == len(lines))
            elif code == "\x1b[1A":
                row -= 1
            elif code == "\x1b[2K":
                lines[row] = ""
            elif len(code) == 1:
                lines[row] = lines[row][:column].ljust(column) + code + lines[row][column + 1 :]
                column += 1
        return "\n".join(lines)


_RUN = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # Ctrl-C of this terminal is ours
from evdsl.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_quick_run_leaves_nothing_on_the_terminal() -> None:
    seen = Seen("solve", BARD, "--json")
    assert seen.code == 0
    assert json.loads(seen.out)["status"] == "optimal"
    assert "objective -12" in seen.screen
    assert seen.left.strip() == ""


def test_ctrl_c_at_the_terminal_keeps_the_best(tmp_path: Path) -> None:
    out = tmp_path / "results"
    words = ["solve", TWO_UNITS, "--solver", "scip", "--gap", "0", "--json", "--out", str(out)]
    seen = Seen(*words, until="searching for good answers")
    assert seen.code == 0
    found = json.loads(seen.out)
    assert found["certificate"]["certified"]
    assert found["objective"] <= found["baselines"]["simple"]["objective"]
    assert "W0610" in seen.left
    assert [said["code"] for said in found["diagnostics"]] == ["W0610"]
    assert "Traceback" not in seen.screen
    assert (out / "solution.json").exists()


def test_ctrl_c_before_there_is_an_answer() -> None:
    seen = Seen("solve", TWO_UNITS, until="0:00:00")
    assert (seen.code, seen.out) == (130, "")
    assert seen.left.replace("^C", "").strip() == "stopped"
