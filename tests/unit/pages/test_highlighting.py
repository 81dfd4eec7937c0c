from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.pages.highlighting import LONGEST, Token, tokens


def kinds(code: str, language: str = "SQL") -> dict[str, str]:
    return {t.text: t.kind for t in tokens(code, language) if t.kind}


def test_sql_keywords_strings_numbers_and_comments_are_told_apart():
    assert kinds("SELECT 'it''s', 42 -- why\nfrom t /* and\nmore */") == {
        "SELECT": "keyword",
        "'it''s'": "string",
        "42": "number",
        "-- why": "comment",
        "from": "keyword",
        "/* and\nmore */": "comment",
    }


def test_a_keyword_inside_a_string_is_a_string():
    assert kinds("'select'") == {"'select'": "string"}


def test_python_is_read_as_python():
    assert kinds('def f(): return "x"  # why', "python") == {"def": "keyword", "return": "keyword", '"x"': "string", "# why": "comment"}


@pytest.mark.parametrize("language", ["duckdb", "postgres", "SQL"])
def test_a_dialect_is_sql(language):
    assert kinds("select 1", language) == {"select": "keyword", "1": "number"}


@pytest.mark.parametrize("language", ["bash", "scala"])
def test_an_unknown_language_stays_plain(language):
    assert tokens("select 1", language) == (Token("select 1"),)


def test_what_is_very_long_stays_plain():
    assert len(tokens("select " * LONGEST, "SQL")) == 1


@given(st.text(), st.sampled_from(["SQL", "python", "bash"]))
def test_tokens_joined_are_the_code(code, language):
    assert "".join(t.text for t in tokens(code, language)) == code
