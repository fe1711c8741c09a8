"""Statements that do not start as one does: another language's word, or the wrong place."""

from __future__ import annotations

from evdsl.source.diagnostic import Diagnostic, Label
from evdsl.source.suggest import closest
from evdsl.syntax.habits import braces, reserved_word
from evdsl.syntax.lalr import END
from evdsl.syntax.stuck import Edit, Finding, Stuck, is_starter
from evdsl.syntax.tokens import SUBJECT_TO
from evdsl.syntax.words import BLOCKS, FOREIGN, INNER, OUTER, STARTERS


def start(stuck: Stuck) -> Finding:
    """Why no statement can start with the culprit."""
    if stuck.block is not None and (_outer_in_unclosed_block(stuck) or stuck.culprit.type == END):
        return _unclosed_block(stuck, stuck.block)
    if is_starter(stuck.culprit):
        return _misplaced(stuck)
    if stuck.culprit.type == SUBJECT_TO:
        return _subject_to(stuck)
    if stuck.block_word == "baseline" and (reserved := reserved_word(stuck)):
        return reserved
    if stuck.culprit.type == "NAME":
        return _indices_in_braces(stuck) or _unknown(stuck)
    return _no_word(stuck)


def _outer_in_unclosed_block(stuck: Stuck) -> bool:
    """A word of the top level in a block whose `{` finds no `}`, or a block as far left as it."""
    if not (is_starter(stuck.culprit) and stuck.culprit in OUTER and stuck.block is not None):
        return False
    header = next(i for i in range(stuck.block, -1, -1) if stuck.tokens[i] == stuck.block_word)
    if stuck.culprit in BLOCKS and stuck.column(stuck.at) <= stuck.column(header):
        return stuck.line(stuck.at) > stuck.line(header)
    depth = 0
    for token in stuck.tokens[stuck.block :]:
        depth += (token.type == "LBRACE") - (token.type == "RBRACE")
        if depth == 0:
            return False
    return True


def _unclosed_block(stuck: Stuck, opening: int) -> Finding:
    diagnostic = Diagnostic(
        "E0103",
        f"the block of this `{stuck.block_word}` is not closed",
        stuck.span(opening),
        help="write `}` where the block ends",
        related=(Label(stuck.after, "`}` expected at the latest here"),),
    )
    return Finding(diagnostic, (stuck.inserted("}"),))


def _misplaced(stuck: Stuck) -> Finding:
    word = str(stuck.culprit)
    if stuck.block is None:
        message = f"`{word}` stands inside a block"
        help = "move it into the braces of a `leader`, `follower` or `reference`"
        diagnostic = Diagnostic("E0109", message, stuck.span(stuck.at), help=help)
        return Finding(diagnostic, _missing_header(stuck))
    message = f"`{word}` cannot stand inside a `{stuck.block_word}`"
    here = "assignments such as `x = 1;`" if stuck.block_word == "baseline" else "INNER"
    here = here.replace("INNER", ", ".join(f"`{w}`" for w in INNER[:-1]) + f" and `{INNER[-1]}`")
    outside = f"; move the `{word}` out of it" if word in OUTER else ""
    help = f"a `{stuck.block_word}` holds {here}{outside}"
    resume = _behind_block(stuck) if word in BLOCKS else None
    return Finding(Diagnostic("E0109", message, stuck.span(stuck.at), help=help), resume=resume)


def _missing_header(stuck: Stuck) -> tuple[Edit, ...]:
    """A header before the culprit where a brace further down closes the block that it opens."""
    depth = 0
    for token in stuck.tokens[stuck.at :]:
        if token.type == END or (is_starter(token) and token not in INNER):
            return ()
        depth += (token.type == "LBRACE") - (token.type == "RBRACE")
        if depth < 0:
            break
    name = stuck.token("_", stuck.at, "NAME")
    header = (stuck.token("follower", stuck.at), name, stuck.token("{", stuck.at))
    return (Edit(stuck.at, stuck.at, header),)


def _behind_block(stuck: Stuck) -> int | None:
    """The token behind the closing brace of the block whose header starts at the culprit."""
    depth = 0
    for index in range(stuck.at, len(stuck.tokens)):
        kind = stuck.tokens[index].type
        depth += (kind == "LBRACE") - (kind == "RBRACE")
        if kind == "RBRACE" and depth <= 0:
            return index + 1 if depth == 0 else index
    return None


def _subject_to(stuck: Stuck) -> Finding:
    written = " ".join(stuck.span(stuck.at).text.split())
    diagnostic = Diagnostic(
        "E0122",
        f"`{written}` is not part of the language",
        stuck.span(stuck.at),
        help="write `constraint name[index]: left <= right;`",
    )
    named = stuck.tokens[stuck.at + 1].type == "NAME"
    if named and stuck.block_word in ("leader", "follower", "reference"):
        return Finding(diagnostic, (stuck.replaced(stuck.at, "constraint"),))
    return Finding(diagnostic, resume=stuck.at + 1)


def _indices_in_braces(stuck: Stuck) -> Finding | None:
    """`follower depot{d in D} {`: the brace was taken for the block's, and `d` for a statement."""
    if stuck.at - 1 != stuck.block or stuck.tokens[stuck.at + 1] != "in":
        return None
    return braces(stuck, stuck.at - 1)


def _unknown(stuck: Stuck) -> Finding:
    name, following = str(stuck.culprit), str(stuck.tokens[stuck.at + 1])
    span = stuck.span(stuck.at)
    here = OUTER if stuck.block is None else INNER
    if name.lower() in ("forall", "for"):
        help = "the index stands behind the name: `constraint name[t in T]: left <= right;`"
        return Finding(
            Diagnostic("E0130", f"`{name}` is not part of the language", span, help=help)
        )
    meant = FOREIGN.get(name.lower()) or closest(name, STARTERS)
    if meant is not None and following != "=":
        diagnostic = Diagnostic(
            "E0108", f"`{name}` starts no statement", span, help=f"write `{meant}`"
        )
        return Finding(diagnostic, (stuck.replaced(stuck.at, meant),) if meant in here else ())
    help = f"a statement here starts with {', '.join(f'`{word}`' for word in here)}"
    if following in ("=", "["):
        word = "param" if stuck.block is None else "expr"
        help = f"write `{word} {name}{' = ...' if following == '=' else '[...] = ...'};`"
    return Finding(Diagnostic("E0108", f"`{name}` starts no statement", span, help=help))


def _no_word(stuck: Stuck) -> Finding:
    token, span = str(stuck.culprit), stuck.span(stuck.at)
    if token == ";":
        help = "remove this `;`; a block ends with `}` alone"
        return Finding(Diagnostic("E0115", "this statement is empty", span, help=help))
    if token in ("}", "]", ")"):
        help = f"remove this `{token}`"
        return Finding(
            Diagnostic("E0104", f"`{token}` closes nothing", span, help=help), resume=stuck.at + 1
        )
    here = OUTER if stuck.block is None else INNER
    help = f"a statement here starts with {', '.join(f'`{word}`' for word in here)}"
    return Finding(Diagnostic("E0108", f"`{token}` starts no statement", span, help=help))
