"""Jobs of a project: a node's code, what it is, who owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import events, facets
from dbt_clew import names
from dbt_clew.datasets import owners

if TYPE_CHECKING:
    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Manifest, Node, UnitTest
    from dbt_clew.context import Context

INTEGRATION = "DBT"


def of_invocation(context: Context) -> Json:
    """Return the job of an invocation; its code is the project, at a commit."""
    made: Facets = {"jobType": facets.job_type(INTEGRATION, "JOB")}
    checkout = context.checkout
    if checkout is not None:
        place = (
            f"{checkout.repo}/tree/{checkout.commit}/{checkout.prefix}" if checkout.repo else f"dbt://{context.project}#{checkout.commit}"
        )
        made["sourceCodeLocation"] = facets.source_code_location(
            "git", place.rstrip("/"), repoUrl=checkout.repo, path=checkout.prefix or None, version=checkout.commit
        )
    return events.job(context.namespace, names.invocation(context.project), made)


def of_node(node: Node, code: str | None, manifest: Manifest, context: Context) -> Json:
    """Return the job of a node; `code` is what dbt compiled."""
    made: Facets = {"jobType": facets.job_type(INTEGRATION, node.resource_type.upper())}
    if code and node.language != "python":
        made["sql"] = facets.sql(code, manifest.metadata.adapter_type)
    if node.description:
        made["documentation"] = facets.job_documentation(node.description)
    if people := owners(node, manifest):
        made["ownership"] = facets.job_ownership(people)
    if node.tags:
        made["tags"] = facets.job_tags(node.tags, INTEGRATION)
    if node.original_file_path:
        checksum = node.checksum.checksum if node.checksum.name != "none" else ""
        made["sourceCodeLocation"] = _location(node.package_name, node.original_file_path, checksum, context)
    return events.job(context.namespace, names.job(node), made)


def of_unit_test(test: UnitTest, context: Context) -> Json:
    """Return the job of a unit test."""
    made: Facets = {"jobType": facets.job_type(INTEGRATION, "TEST")}
    if test.description:
        made["documentation"] = facets.job_documentation(test.description)
    return events.job(context.namespace, test.unique_id, made)


def _location(package: str, file: str, checksum: str, context: Context) -> Json:
    """Tell where a node's code stands, and its version: the checksum of its file.

    Marquez makes a new job version when the URL changes, so the checksum stands there too. The commit would not do: it changes
    for every node at once. It is told of the invocation, and of each run.
    """
    checkout = context.checkout if package == context.project else None
    path = checkout.prefix + file if checkout else file
    place = f"{checkout.repo}/blob/HEAD/{path}" if checkout and checkout.repo else f"dbt://{package}/{file}"
    return facets.source_code_location(
        "git" if checkout else "dbt",
        f"{place}#{checksum}" if checksum else place,
        repoUrl=checkout.repo if checkout else None,
        path=path,
        version=checksum or None,
    )
