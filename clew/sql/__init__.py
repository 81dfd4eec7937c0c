"""SQL: which tables and files the statements read and write that a program sent to a database.

statements.py   a text, as a driver got it, as single statements that a parser reads
parsers.py      the tables of one statement, by `openlineage_sql` or `sqlglot`, whichever is there
session.py      the tables of one statement after the other: what is temporary, renamed, dropped, attached, and where names are looked for
values.py       a text without its values, which are nobody's business on a disk

A Python that is watched needs no more than statements and values; the rest is loaded by who asks for tables.
"""
