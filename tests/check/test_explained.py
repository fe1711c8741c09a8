"""The examples of the explanations make their message, and the mended ones do not."""

from __future__ import annotations

import re

import pytest

from checked import messages
from evdsl.source.codes import codes, explain

OURS = [code for code in codes() if re.match(r"[EW]0[23]", code)]


@pytest.mark.parametrize("code", OURS)
def test_the_example_and_the_mend(code: str) -> None:
    wrong, mended = re.findall(r"```evm\n(.*?)```", explain(code), re.DOTALL)
    assert code in [d.code for d in messages(wrong)]
    left = {d.code for d in messages(mended) if d.severity == "error"}
    assert left <= {"E0303"}  # fragments may do without a leader
