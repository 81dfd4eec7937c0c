"""SQL: which tables and files the statements read and write that a program sent to a database.

statements.py   a text, as a driver got it, as single statements that a parser reads
parsers.py      the tables of one statement, by `openlineage_sql` or `sqlglot`, whichever is there
session.py      the tables of one statement after the other: what is temporary, renamed, dropped, attached, and where names are looked for
"""

from clew.sql.parsers import has_parser
from clew.sql.session import Session

__all__ = ["Session", "has_parser"]
