"""Our layout of JSON is JSON, with an item of a list on a line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evdsl.source.json_text import json_text

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(VALUES, st.booleans())
def test_it_reads_back(value: object, ascii_only: bool) -> None:
    text = json_text(value, ascii_only=ascii_only)
    assert json.loads(text) == value
    assert text.isascii() or not ascii_only


def test_layout() -> None:
    found = {
        "name": "ü",
        "values": [{"index": [1], "value": 2.0}, {"index": [2], "value": None}],
        "none": [],
    }
    assert json_text(found).splitlines() == [
        "{",
        '  "name": "ü",',
        '  "values": [',
        '    {"index": [1], "value": 2.0},',
        '    {"index": [2], "value": null}',
        "  ],",
        '  "none": []',
        "}",
    ]


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_what_json_does_not_have(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text(value)
