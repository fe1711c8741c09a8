"""What the followers' members are called in a model of one level."""

from __future__ import annotations

from evdsl.check.functions import FUNCTIONS, REDUCERS
from evdsl.check.symbols import Symbols
from evdsl.ir.expr import Binder
from evdsl.ir.model import Block, Model
from evdsl.ir.walk import walk
from evdsl.ir.words import RESERVED


class Names:
    """Names that nothing else in the model has.

    A follower's member is `aev_c`; what belongs to it is `m_c`, `stat_c` where there is one
    follower block, and `m_aev_c`, `stat_aev_c` where there are several. `seen` is what can be seen
    from everywhere, and so no index may hide.
    """

    def __init__(self, model: Model, symbols: Symbols) -> None:
        self.seen = {*RESERVED, *FUNCTIONS, *REDUCERS, *symbols.top}
        self._inside = {symbol.name for symbol in symbols if symbol.in_reference}
        self._inside |= {
            name for node in walk(model) if isinstance(node, Binder) for name in node.names
        }
        self._alone = len(model.followers) == 1
        self._members: dict[tuple[str, str], str] = {}

    def new(self, wanted: str) -> str:
        """The wanted name, or one like it where something has it already."""
        while wanted in self.seen or wanted in self._inside:
            wanted += "_"
        self.seen.add(wanted)
        return wanted

    def member(self, block: Block, name: str) -> str:
        """What the follower's member is called, whenever it is asked for."""
        key = block.name, name
        if key not in self._members:
            self._members[key] = self.new(f"{block.name}_{name}")
        return self._members[key]

    def of(self, word: str, block: Block, name: str) -> str:
        """A name for something that belongs to the member: `m_c` or `m_aev_c`."""
        return self.new(f"{word}_{name}" if self._alone else f"{word}_{block.name}_{name}")
