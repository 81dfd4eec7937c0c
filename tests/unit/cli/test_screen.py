"""How things look on a terminal."""

from clew.cli.screen import age, printable, size, table


def test_a_table_is_as_wide_as_its_cells():
    assert table(("job", "n"), [("orders", 1), ("a", 12)]).splitlines()[1:] == ["orders  1", "a       12"]


def test_names_cannot_steer_the_terminal():
    assert printable("a\x1b[31mred\n") == "a�[31mred�"
    assert "\x1b[31m" not in table(("job",), [("\x1b[31mred",)]).splitlines()[1]


def test_ages_are_said_in_one_unit():
    assert [age(s) for s in (0, 119, 121, 7300, 200_000)] == ["0 s", "119 s", "2 min", "2 h", "2 d"]


def test_sizes_are_said_in_one_unit():
    assert [size(n) for n in (0, 1023, 2048, 3 * 1024**2, 1.5 * 1024**3)] == ["0 B", "1023 B", "2 KB", "3 MB", "1.5 GB"]
