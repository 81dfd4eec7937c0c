"""Which versions ran stands in the tags of a run."""

import pytest

from clew_airflow.complete.versions import package
from tests.unit.airflow.complete.told_events import dag_event, tags, task_event


def test_a_dag_run_tells_its_version_and_bundle():
    run = {"dag_version_number": 3, "dag_version_id": "v", "dag_bundle_name": "dags", "dag_bundle_version": "c0ffee"}
    assert tags(dag_event(run)) == {"dag_version": "3", "dag_version_id": "v", "dag_bundle": "dags", "dag_bundle_version": "c0ffee"}


def test_a_task_tells_the_version_that_only_its_own_process_knows():
    assert tags(task_event({"dag_version_id": "v"}, instance={"dag_bundle_name": "dags"})) == {"dag_version_id": "v", "dag_bundle": "dags"}


def test_a_task_tells_the_package_that_its_operator_comes_from():
    task = {"operator_class_path": "airflow.providers.standard.operators.bash.BashOperator", "operator_provider_version": "1.21.0"}
    assert tags(task_event(task=task)) == {"operator_package": "apache-airflow-providers-standard", "operator_version": "1.21.0"}


def test_a_task_tells_a_package_that_is_not_airflows():
    given = task_event({"package": {"name": "cosmos", "version": "1.14.0"}}, task={"operator_class_path": "cosmos.operators.local.DbtRun"})
    assert tags(given) == {"operator_package": "cosmos", "operator_version": "1.14.0"}


def test_a_container_tells_its_image_and_digest():
    assert tags(task_event({"image": "shop/load:1", "digest": "sha256:abc"})) == {"image": "shop/load:1", "image_digest": "sha256:abc"}


def test_tags_of_others_are_kept():
    theirs = {"tags": [{"key": "team", "value": "till", "source": "USER"}]}
    assert tags(dag_event({"dag_version_number": 1}, tags=theirs)) == {"team": "till", "dag_version": "1"}


@pytest.mark.parametrize(
    ("operator", "distribution"),
    [
        ("airflow.providers.standard.decorators.python._PythonDecoratedOperator", "apache-airflow-providers-standard"),
        ("airflow.providers.apache.spark.operators.spark_submit.SparkSubmitOperator", "apache-airflow-providers-apache-spark"),
        ("airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator", "apache-airflow-providers-cncf-kubernetes"),
        ("airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator", "apache-airflow-providers-common-sql"),
        ("cosmos.operators.local.DbtRunLocalOperator", None),
    ],
)
def test_the_package_of_an_operator_is_read_from_the_path_of_its_class(operator, distribution):
    assert package(operator) == distribution
