from __future__ import annotations

import sys

import pytest

from clew.errors import NoDbt
from dbt_clew.command import executable


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    def make(name: str) -> str:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        return str(tmp_path / name)

    return make


class TestFind:
    def test_what_is_named_wins(self, program, tmp_path):
        program("dbt")
        assert executable.find(program("my-dbt"), {"PATH": str(tmp_path)}) == [program("my-dbt")]

    def test_what_is_named_and_not_there_is_not_replaced_by_another(self, program, tmp_path):
        program("dbt")
        with pytest.raises(NoDbt, match="'/nowhere/dbt', but there is no such program"):
            executable.find("/nowhere/dbt", {"PATH": str(tmp_path)})

    def test_a_command_may_have_several_words(self, program, tmp_path):
        uv = program("uv")
        assert executable.find("uv run --project 'my shop' dbt", {"PATH": str(tmp_path)}) == [uv, "run", "--project", "my shop", "dbt"]

    def test_a_path_may_have_blanks(self, program):
        dbt = program("my programs/dbt")
        assert executable.find(dbt, {"PATH": ""}) == [dbt]

    def test_a_launcher_that_is_missing_is_named(self):
        with pytest.raises(NoDbt, match="'uv run dbt', but there is no program 'uv' on PATH"):
            executable.find("uv run dbt", {"PATH": "/nowhere"})

    def test_an_open_quote_is_an_error(self):
        with pytest.raises(NoDbt, match="no command: No closing quotation"):
            executable.find("uv run 'dbt", {"PATH": "/nowhere"})

    def test_the_one_beside_us_wins_over_path(self, program, tmp_path, monkeypatch):
        beside, other = program("dbt"), program("other/dbt")
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        assert executable.find(None, {"PATH": str(tmp_path / "other")}) == [beside] != [other]

    @pytest.mark.parametrize("named", [None, ""])
    def test_else_it_is_looked_for_on_path(self, program, tmp_path, named):
        dbt = program("dbt")
        assert executable.find(named, {"PATH": str(tmp_path)}) == [dbt]

    def test_none_at_all_is_an_error(self, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(NoDbt, match="there is no dbt, neither beside dbt-clew nor on PATH"):
            executable.find(None, {"PATH": "/nowhere"})

    def test_a_link_to_ourselves_is_not_started_for_ever(self, program, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "argv", [program("dbt-clew")])
        (tmp_path / "dbt").symlink_to("dbt-clew")
        with pytest.raises(NoDbt, match="is dbt-clew itself"):
            executable.find(None, {"PATH": str(tmp_path)})


class TestOption:
    @pytest.mark.parametrize("words", [["--dbt-executable", "a b", "run", "-q"], ["run", "--dbt-executable=a b", "-q"]])
    def test_it_is_taken_out_wherever_it_stands(self, words):
        assert executable.take_option(words) == ("a b", ["run", "-q"])

    def test_what_follows_two_dashes_is_left_alone(self):
        assert executable.take_option(["run", "--", "--dbt-executable", "x"]) == (None, ["run", "--", "--dbt-executable", "x"])

    def test_without_a_value_it_is_an_error(self):
        with pytest.raises(NoDbt, match="--dbt-executable names no program"):
            executable.take_option(["run", "--dbt-executable"])
