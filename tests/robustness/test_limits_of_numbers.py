"""Settings that no machine can follow are messages, not the end of the process."""

import pytest

import evdsl
from evdsl.source.diagnostic import EvdslError

MODEL = "param n = 1;\nleader top { var x in [0, n]; maximize x; }"


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"threads": 10**6}, "E0652"), ({"params": {"n": 10**400}}, "E0405")],
)
def test_refused(settings: dict[str, object], code: str) -> None:
    with pytest.raises(EvdslError) as refused:
        evdsl.loads(MODEL).solve(**settings)
    assert refused.value.diagnostics[0].code == code
