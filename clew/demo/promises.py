"""What the demo promises, verified through Marquez' API alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from clew import naming, outbox
from clew.marquez import HttpSeam, Marquez
from clew.outbox import Outbox
from clew.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clew.demo.story import Shop
    from clew.events import Json

VALUED = "shop.analytics.customer_value"
DELIVERY = 60.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One sentence, whether it is true, and what was found."""

    text: str
    kept: bool
    found: object


def graph(shop: Shop) -> str:
    """Return the path of the page with the graph that joins Airflow and dbt."""
    return "/lineage?" + urlencode({"nodeId": f"dataset:{namespace(shop)}:{VALUED}"})


def namespace(shop: Shop) -> str:
    """Return the namespace of the shop's tables."""
    return naming.duckdb(str(shop.database))


def check(shop: Shop) -> list[Promise]:
    """Wait until everything is delivered, then look at it through Marquez' API."""
    home = shop.home / "clew"
    delivered = Outbox(home).wait_until_empty(DELIVERY)
    found = outbox.status(Settings(home=home, url=shop.url))
    marquez = Marquez(HttpSeam(shop.url))
    return [
        Promise(
            text=f"{found.delivered} events were delivered, none waits and none was refused",
            kept=delivered and not found.refused,
            found=f"{found.waiting} wait, {found.refused} were refused: see `CLEW_HOME={home} clew outbox`",
        ),
        *_runs(marquez),
        *_facts(marquez),
        _joined(shop, marquez),
    ]


def _runs(marquez: Marquez) -> Iterator[Promise]:
    """Every run is there, with its end."""
    for job, wanted in {
        "load_shop": ["COMPLETED", "COMPLETED"],
        "load_shop.load_orders": ["COMPLETED", "COMPLETED"],
        "transform_shop.dbt_build": ["COMPLETED"],
        "transform_shop.dbt_build.dbt-run-shop": ["COMPLETED"],
        "bill_shop.write_invoices": ["COMPLETED", "FAILED"],
        "bill_shop": ["COMPLETED", "FAILED"],
    }.items():
        states = [run["state"] for run in reversed(runs(marquez, job))]
        yield Promise(text=f"{job}: {', '.join(states).lower()}", kept=states == wanted, found=f"{states}, not {wanted}")


def _facts(marquez: Marquez) -> Iterator[Promise]:
    """What the hosts know besides is there, too."""
    last = (runs(marquez, "bill_shop.write_invoices") or [{}])[0]
    error = last.get("facets", {}).get("errorMessage", {}).get("message", "")
    yield Promise(text=f"the failed run says why: {error.splitlines()[0] if error else ''}", kept="amount_cents" in error, found=error)
    parameters = (runs(marquez, "load_shop") or [{}])[0].get("facets", {}).get("executionParameters", {}).get("parameters", [])
    yield Promise(text="runs have their parameters", kept=any(p["key"] == "delimiter" for p in parameters), found=parameters)
    model = f"transform_shop.dbt_build.dbt-run-shop.shop.analytics.shop.{VALUED.rpartition('.')[2]}"
    facets = (job(marquez, model) or {}).get("facets", {})
    yield Promise(text="dbt's models have their SQL", kept="customer_id" in facets.get("sql", {}).get("query", ""), found=sorted(facets))
    loads = job(marquez, "load_shop.load_orders") or {}
    yield Promise(text="Airflow's tasks have the version of their code", kept=bool(loads.get("location")), found=loads.get("location"))


def _joined(shop: Shop, marquez: Marquez) -> Promise:
    """One graph leads from the till's files through Airflow and dbt to the marts."""
    node = f"dataset:{namespace(shop)}:{VALUED}"
    nodes = (marquez.get("lineage", nodeId=node, depth=20) or {"graph": []})["graph"]
    origins = {n["id"]: [edge["origin"] for edge in n["inEdges"]] for n in nodes}
    upstream, ahead = set[str](), [node]
    while ahead:
        here = ahead.pop()
        if here not in upstream:
            upstream.add(here)
            ahead.extend(origins.get(here, []))
    files = sorted(n.rpartition("/")[2] for n in upstream if n.startswith("dataset:file:") and "till" in n)
    tasks = {n for n in upstream if n.startswith("job:airflow:load_shop.")}
    return Promise(
        text=f"{VALUED} comes from the till's {' and '.join(files)}, through Airflow and dbt ({len(upstream)} nodes upstream)",
        kept=files == ["orders", "payments"] and len(tasks) == 2,  # noqa: PLR2004  a load for each
        found=sorted(upstream),
    )


def runs(marquez: Marquez, name: str) -> list[Json]:
    """Return the runs of a job, newest first."""
    found: list[Json] = (marquez.get("namespaces", _namespace_of(name), "jobs", name, "runs", limit=10) or {"runs": []})["runs"]
    return found


def job(marquez: Marquez, name: str) -> Json | None:
    """Return a job."""
    found: Json | None = marquez.get("namespaces", _namespace_of(name), "jobs", name)
    return found


def _namespace_of(name: str) -> str:
    return "dbt" if "dbt-run-shop" in name else "airflow"
