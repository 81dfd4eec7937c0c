from __future__ import annotations

from clew_airflow.ui.places import external_views

DESTINATIONS = {"nav", "dag", "dag_run", "task", "task_instance"}
"""`BaseDestinationLiteral` of Airflow 3 without `base`; a word that is not among them drops the whole plugin."""


def test_there_is_a_page_and_a_tab_on_each_thing_that_has_lineage():
    assert {v["destination"] for v in external_views()} == DESTINATIONS


def test_no_two_views_share_an_address_since_airflow_drops_the_second():
    assert len({v["url_route"] for v in external_views()}) == len(external_views())


def test_addresses_are_relative_since_airflow_may_be_served_below_a_path():
    assert not [v for v in external_views() if str(v["href"]).startswith("/") or "://" in str(v["href"])]


def test_a_tab_names_what_it_is_about_in_the_query():
    hrefs = {v["destination"]: v["href"] for v in external_views()}
    assert hrefs["task_instance"] == "clew/here?dag_id={DAG_ID}&run_id={RUN_ID}&task_id={TASK_ID}&map_index={MAP_INDEX}"
