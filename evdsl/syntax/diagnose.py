"""What to say where the parser is stuck: habits first, then brackets and ends, then the rest."""

from __future__ import annotations

from evdsl.syntax.brackets import bracket
from evdsl.syntax.expected import unexpected
from evdsl.syntax.habits import habit
from evdsl.syntax.starts import start
from evdsl.syntax.stuck import Finding, Stuck


def diagnose(stuck: Stuck) -> Finding:
    """The one finding that explains best why the statement cannot go on."""
    if stuck.at == stuck.begin:
        return start(stuck)
    return habit(stuck) or bracket(stuck) or unexpected(stuck)
