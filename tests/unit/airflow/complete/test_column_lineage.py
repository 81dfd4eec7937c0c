"""Of the column lineage that the provider read from SQL, what the database's own tables and columns allow."""

from clew_airflow.complete.column_lineage import fitting

DB = "postgres://db:5432"


def table(name, *columns, **lineage):
    facets = {"schema": {"fields": [{"name": c, "type": "int4"} for c in columns]}} if columns else {}
    return {"namespace": DB, "name": name, "facets": {**facets, **({"columnLineage": {"fields": lineage}} if lineage else {})}}


def of(*sources, how=""):
    """Say which columns a column comes from, each `table.column`; the provider leaves empty how."""
    fields = [{"namespace": DB, "name": name, "field": field} for name, _, field in (one.rpartition(".") for one in sources)]
    return {"inputFields": fields, "transformationType": how}


SALES = table("shop.sales")


def told(outputs, inputs=(SALES,)):
    """Return which columns come from which."""
    return {
        output["name"]: {
            column: [f"{one['name']}.{one['field']}" for one in of["inputFields"]]
            for column, of in output["facets"].get("columnLineage", {"fields": {}})["fields"].items()
        }
        for output in fitting(outputs, inputs)
    }


def test_what_fits_stays():
    assert told([table("shop.days", "cents", cents=of("shop.sales.cents"))]) == {"shop.days": {"cents": ["shop.sales.cents"]}}


def test_a_column_that_the_table_has_not_is_left_out():
    assert told([table("shop.days", "total", cents=of("shop.sales.cents"))]) == {"shop.days": {}}


def test_of_several_outputs_each_has_its_own_columns():
    both = {"total": of("shop.sales.cents"), "day": of("shop.sales.at")}
    assert told([table("shop.days", "day", **both), table("shop.sums", "total", **both)]) == {
        "shop.days": {"day": ["shop.sales.at"]},
        "shop.sums": {"total": ["shop.sales.cents"]},
    }


def test_a_cte_is_no_table():
    assert told([table("shop.sums", "total", total=of("shop.cte.cents", "shop.sales.cents"))]) == {
        "shop.sums": {"total": ["shop.sales.cents"]}
    }


def test_names_are_those_that_the_database_has():
    assert told([table("SHOP.DAYS", "CENTS", cents=of("shop.sales.cents"))], [table("SHOP.SALES")]) == {
        "SHOP.DAYS": {"CENTS": ["SHOP.SALES.cents"]}
    }


def test_a_single_output_of_which_no_columns_are_known_has_those_of_the_statement():
    assert told([table("shop.days", cents=of("shop.sales.cents"))]) == {"shop.days": {"cents": ["shop.sales.cents"]}}


def test_several_outputs_of_which_no_columns_are_known_have_none():
    both = {"cents": of("shop.sales.cents")}
    assert told([table("shop.days", **both), table("shop.sums", **both)]) == {"shop.days": {}, "shop.sums": {}}


def test_what_an_operator_tells_by_itself_stays():
    own = [table("shop.days", "total", cents=of("lake.sales.cents", how="DIRECT"))]
    assert fitting(own, []) == own
