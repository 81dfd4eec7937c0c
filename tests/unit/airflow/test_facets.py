"""What only the task's own process knows is handed over to the transport."""

from types import SimpleNamespace as Value

from clew_airflow.facets import HANDED_OVER, of_task


def task_instance(inlets=(), outlets=(), **context):
    task = Value(inlets=list(inlets), outlets=list(outlets))
    return Value(task=task, dag_version_id="v", bundle_instance=Value(repo_url="https://git/dags"), _cached_template_context=context)


def handed_over(ti):
    return of_task(ti, "running")[HANDED_OVER]


def test_params_version_and_repository_of_the_task():
    told = handed_over(task_instance(params={"currency": "EUR"}))
    assert (told["params"], told["dag_version_id"], told["repository"]) == ({"currency": "EUR"}, "v", "https://git/dags")


def test_assets_that_the_task_declares():
    told = handed_over(task_instance([Value(uri="s3://b/in")], [Value(uri="s3://b/out"), Value(name="an alias")]))
    assert told["inputs"] == [{"uri": "s3://b/in"}]
    assert told["outputs"] == [{"uri": "s3://b/out"}]


def test_an_asset_that_an_alias_became():
    alias = Value(asset_alias_events=[Value(dest_asset_key=Value(uri="s3://b/out"))])
    assert handed_over(task_instance(outlet_events={"alias": alias}))["outputs"] == [{"uri": "s3://b/out"}]


def test_what_cannot_be_read_costs_no_task(caplog):
    assert of_task(object(), "running") == {}
    assert "could not read what the task was started with" in caplog.text
