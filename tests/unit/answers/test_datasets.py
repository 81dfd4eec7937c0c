from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clew.answers.datasets import Column, Retyped, dataset, in_order, schema_change, versions


def column(name: str, kind: str = "int") -> Column:
    return Column(name=name, type=kind)


def answered(*fields: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"namespace": "pg", "name": "t", "fields": [{"name": n, "type": t} for n, t in fields], **more}


def test_columns_that_came_went_and_changed_their_type_are_told_apart():
    change = schema_change(
        [column("id"), column("gone"), column("amount", "int")], [column("id"), column("amount", "decimal"), column("new")]
    )
    assert change.added == (column("new"),)
    assert change.removed == (column("gone"),)
    assert change.retyped == (Retyped(name="amount", before="int", after="decimal"),)


def test_order_and_descriptions_are_no_change():
    assert not schema_change([column("a"), column("b")], [Column(name="b", type="int", description="told now"), column("a")])


schemas = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["int", "text"])), unique_by=lambda c: c[0])


@given(schemas, schemas)
def test_a_change_applied_to_the_old_columns_gives_the_new_ones(old, new):
    change = schema_change([column(*c) for c in old], [column(*c) for c in new])
    then = dict(old)
    for removed in change.removed:
        del then[removed.name]
    for retyped in change.retyped:
        then[retyped.name] = retyped.after
    assert then | {c.name: c.type for c in change.added} == dict(new)


def test_each_version_is_compared_with_the_one_before_it_and_the_oldest_with_none():
    newest, middle, oldest = versions([answered(("id", "int"), ("b", "int")), answered(("id", "int")), answered(("id", "int"))])
    assert newest.change is not None
    assert [c.name for c in newest.change.added] == ["b"]
    assert middle.change is not None
    assert not middle.change
    assert oldest.change is None


def test_a_version_has_the_rows_that_its_run_wrote_into_this_dataset():
    wrote = [
        {"datasetVersionId": {"namespace": "pg", "name": name, "version": "v"}, "facets": {"outputStatistics": {"rowCount": rows}}}
        for name, rows in (("another", 1), ("t", 10))
    ]
    (version,) = versions([answered(createdByRun={"id": "r", "state": "COMPLETED", "outputDatasetVersions": wrote})])
    assert version.written is not None
    assert version.written.rows == 10


def test_columns_stand_as_they_were_written_last_and_unknown_ones_after_them():
    told = [column("unknown"), column("amount"), column("id")]
    assert [c.name for c in in_order(told, [column("id"), column("amount")])] == ["id", "amount", "unknown"]


def test_tags_of_columns_come_from_the_backend_and_from_the_facet():
    told = dataset(
        {
            "namespace": "pg",
            "name": "t",
            "fields": [{"name": "email", "tags": ["PII"]}],
            "facets": {"tags": {"tags": [{"key": "masked", "value": "true", "field": "email"}, {"key": "core", "value": "true"}]}},
        }
    )
    assert told.columns[0].tags == ("PII", "masked")
    assert told.tags == ("core",)


def test_assertions_that_do_not_hold_come_first():
    told = [{"assertion": "not_null", "column": "id", "success": True}, {"assertion": "unique", "column": "id", "success": False}]
    found = dataset(answered(facets={"dataQualityAssertions": {"assertions": told}})).assertions
    assert [(a.name, a.held) for a in found] == [("unique", False), ("not_null", True)]


def test_other_names_come_from_its_symlinks():
    found = dataset(answered(facets={"symlinks": {"identifiers": [{"namespace": "hive://m", "name": "core.t", "type": "TABLE"}]}}))
    assert [(r.namespace, r.name) for r in found.other_names] == [("hive://m", "core.t")]
