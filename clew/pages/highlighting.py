"""SQL and Python split into tokens that a stylesheet can colour."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 100_000
"""Characters that are coloured; what is longer stays plain, since a page should not wait for it."""

_SQL = (
    "all alter and any as asc begin between by case cast check coalesce column commit copy create cross current date default delete desc "
    "distinct drop else end except exists explain extract false fetch filter first following for foreign from full grant group grouping "
    "having if ilike in index inner insert intersect interval into is join key last lateral left like limit materialized merge natural not "
    "null nulls offset on only or order outer over partition preceding primary qualify range references replace returning right rollup "
    "row rows schema select set sets table temp temporary then to true truncate unbounded union unique update using values view when where "
    "window with within"
)
_PYTHON = (
    "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda "
    "nonlocal not or pass raise return try while with yield match case"
)
_WORDS = {"sql": frozenset(_SQL.split()), "python": frozenset(_PYTHON.split())}
_TOKENS = {
    "sql": re.compile(
        r"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>'(?:[^']|'')*'?)|(?P<number>\b\d[\d.]*\b)|(?P<word>\b[A-Za-z_]\w*)", re.DOTALL
    ),
    "python": re.compile(
        r"(?P<comment>\#[^\n]*)"
        r"|(?P<string>\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?)"
        r"|(?P<number>\b\d[\d._]*\b)|(?P<word>\b[A-Za-z_]\w*)",
        re.DOTALL,
    ),
}


@dataclass(frozen=True)
class Token:
    """A piece of code; `kind` is a class of the stylesheet, empty for what stays plain."""

    text: str
    kind: str = ""


def tokens(code: str, language: str) -> tuple[Token, ...]:
    """Split code into tokens; joined, they are the code. A language that is neither SQL nor Python is one plain token."""
    known = "python" if language.lower() in {"python", "py"} else "sql" if language.lower() not in {"code", "bash", "java", "scala"} else ""
    if not known or len(code) > LONGEST:
        return (Token(code),)
    found: list[Token] = []
    at = 0
    for match in _TOKENS[known].finditer(code):
        kind = match.lastgroup or ""
        if kind == "word":
            word = match[0] if known == "python" else match[0].lower()
            if word not in _WORDS[known]:
                continue
            kind = "keyword"
        if match.start() > at:
            found.append(Token(code[at : match.start()]))
        found.append(Token(match[0], kind))
        at = match.end()
    if at < len(code):
        found.append(Token(code[at:]))
    return tuple(found)
