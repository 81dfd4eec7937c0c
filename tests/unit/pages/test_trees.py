from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clew.pages.trees import DEEPEST, LONGEST, WIDEST, Branch, Table, Text, facet, tree


def test_an_object_unfolds():
    assert tree({"a": 1, "b": {"c": True}}) == Branch(items=(("a", Text(text="1")), ("b", Branch(items=(("c", Text(text="yes")),)))))


def test_a_list_of_like_objects_is_a_table_with_all_their_columns():
    assert tree([{"name": "id", "type": "int"}, {"name": "x"}]) == Table(columns=("name", "type"), rows=(("id", "int"), ("x", "")))


def test_a_list_of_plain_values_is_one_line():
    assert tree(["a", 1, None]) == Text(text="a, 1, –")


def test_a_list_of_unlike_things_is_numbered():
    assert tree([{"a": {"b": 1}}, "x"]) == Branch(items=(("1", tree({"a": {"b": 1}})), ("2", Text(text="x"))))


def test_a_text_of_several_lines_keeps_them():
    assert tree("a\nb") == Text(text="a\nb", block=True)


def test_what_tells_of_the_facet_itself_stands_apart():
    told = facet("sql", {"_producer": "https://p", "_schemaURL": "https://s", "query": "select 1"})
    assert told.tree == Branch(items=(("query", Text(text="select 1")),))
    assert told.producer == "https://p"
    assert '"_schemaURL"' in told.raw


def test_what_is_too_wide_is_cut_and_counted():
    wide = tree({str(n): n for n in range(WIDEST + 3)})
    assert isinstance(wide, Branch)
    assert (len(wide.items), wide.left) == (WIDEST, 3)


def test_what_is_too_long_is_cut_and_counted():
    assert tree("x" * (LONGEST + 5)).text.endswith("… (5 more characters)")


def test_what_is_too_deep_comes_as_json():
    deep: Any = "bottom"
    for _ in range(DEEPEST + 2):
        deep = {"a": deep}
    at = tree(deep)
    while isinstance(at, Branch):
        at = at.items[0][1]
    assert at == Text(text='{"a":{"a":"bottom"}}')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_any_json_can_be_shown(value):
    assert isinstance(tree(value), Text | Branch | Table)
    assert facet("x", value).raw
