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
    from dbt_clew.git import Checkout

INTEGRATION = "DBT"


def of_invocation(context: Context) -> Json:
    """Return the job of an invocation."""
    return events.job(context.namespace, names.invocation(context.project), {"jobType": facets.job_type(INTEGRATION, "JOB")})


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
    """Tell where a node's code stands.

    The URL ends in the checksum of the node's file, and not in the commit: Marquez makes a new job version when the URL changes,
    and a commit changes for every node at once. The commit is the facet's `version`.
    """
    fragment = f"#{checksum}" if checksum else ""
    checkout: Checkout | None = context.checkout if package == context.project else None
    if checkout is None:
        return facets.source_code_location("dbt", f"dbt://{package}/{file}{fragment}", path=file)
    path = checkout.prefix + file
    url = f"{checkout.repo}/blob/HEAD/{path}{fragment}" if checkout.repo else f"dbt://{package}/{file}{fragment}"
    return facets.source_code_location("git", url, repoUrl=checkout.repo, path=path, version=checkout.commit)
