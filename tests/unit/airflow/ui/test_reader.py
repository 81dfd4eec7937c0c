from __future__ import annotations

import pytest

from clew.answers.runs import Ref
from clew_airflow.ui.reader import DagReader, dags_in


class Permissions:
    """What Airflow says: which DAGs may be read whole, and which it lists when asked for all at once."""

    def __init__(self, *whole: str, listed: set[str] | None = None, assets: bool = True) -> None:
        self._whole, self._listed, self._assets = set(whole), set(whole) if listed is None else listed, assets
        self.asked: list[str] = []

    def reads_dag(self, dag_id):
        self.asked.append(dag_id)
        return dag_id in self._whole

    def readable_dags(self):
        return self._listed

    def reads_assets(self):
        return self._assets


def reader(permissions: Permissions, *dag_ids: str) -> DagReader:
    return DagReader(permissions, namespace="airflow", dag_ids=lambda: dag_ids)


def job(name: str, namespace: str = "airflow") -> Ref:
    return Ref(namespace=namespace, name=name)


def test_who_may_read_every_dag_may_see_everything():
    admin = reader(Permissions("a", "b"), "a", "b")
    assert admin.may_browse()
    assert admin.may_read(job("anything", "dbt")) is True


@pytest.mark.parametrize(
    "permissions", [Permissions("a"), Permissions("a", "b", assets=False), Permissions(), Permissions("a", listed={"a", "b"}, assets=False)]
)
def test_who_may_not_read_one_dag_or_no_assets_may_not_browse(permissions):
    assert not reader(permissions, "a", "b").may_browse()


def test_a_list_of_dags_is_not_enough_where_their_code_may_not_be_read():
    assert not reader(Permissions(listed={"a", "b"}), "a", "b").may_browse()


def test_a_dag_that_the_list_leaves_out_is_asked_for_by_itself():
    assert reader(Permissions("a", "old", listed={"a"}), "a", "old").may_browse()


def test_they_see_the_jobs_of_the_dags_that_they_may_read():
    guest = reader(Permissions("a"), "a", "b")
    assert guest.may_read(job("a")) is True
    assert guest.may_read(job("a.load")) is True
    assert guest.may_read(job("b")) is False
    assert guest.may_read(job("b.load")) is False


def test_of_jobs_that_are_of_no_dag_airflow_says_nothing():
    guest = reader(Permissions("a"), "a", "b")
    assert guest.may_read(job("gone.load")) is None
    assert guest.may_read(job("a", "dbt")) is None


def test_a_name_that_two_dags_could_have_needs_both():
    assert reader(Permissions("a"), "a", "a.b").may_read(job("a.b.load")) is False
    assert reader(Permissions("a", "a.b"), "a", "a.b", "c").may_read(job("a.b.load")) is True


def test_a_dag_that_another_triggers_is_hidden_by_its_own_name():
    assert reader(Permissions("a"), "a", "b").may_read(job("a.trigger.b")) is False


def test_each_dag_is_asked_for_once():
    permissions = Permissions("a")
    guest = reader(permissions, "a", "b")
    for _ in range(3):
        guest.may_read(job("a.load"))
    assert sorted(permissions.asked) == sorted(set(permissions.asked))


@pytest.mark.parametrize(
    ("name", "dags"),
    [("a", {"a"}), ("a.b", {"a", "a.b"}), ("x.a.b.y", {"a", "a.b"}), ("ab", set()), ("", set()), ("a..b", {"a"})],
)
def test_dags_are_found_between_dots(name, dags):
    assert dags_in(name, {"a", "a.b"}) == dags
