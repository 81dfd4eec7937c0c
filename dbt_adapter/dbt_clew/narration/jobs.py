"""Jobs of a project: a node's code, what it is, who owns it."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from clew import events, facets
from dbt_clew.narration import names, owners, runs
from dbt_clew.narration.datasets import TABLES
from dbt_clew.narration.versions import Versions

if TYPE_CHECKING:
    from clew.events import Facets, Json
    from dbt_clew.artifacts.shapes import Exposure, Manifest, Measured, Node, Source, UnitTest
    from dbt_clew.context import Context

INTEGRATION = "DBT"

_BELOW_A_PYTHON_MODEL = "\n# This part is user provided model code\n"
"""What dbt writes between a Python model and its own code that runs it."""


def of_invocation(context: Context) -> Json:
    """Return the job of an invocation; its code is the project, at a commit."""
    made: Facets = {"jobType": facets.job_type(INTEGRATION, "JOB")}
    checkout = context.checkout
    if checkout is not None and checkout.commit is not None:
        place = (
            f"{checkout.repo}/tree/{checkout.commit}/{checkout.prefix}" if checkout.repo else f"dbt://{context.project}#{checkout.commit}"
        )
        made["sourceCodeLocation"] = facets.source_code_location(
            "git", place.rstrip("/"), repoUrl=checkout.repo, path=checkout.prefix or None, version=checkout.commit
        )
    return events.job(context.namespace, names.invocation(context.project), made)


class Jobs:
    """Jobs of the nodes of a project."""

    def __init__(self, manifest: Manifest, context: Context) -> None:
        self._manifest = manifest
        self._context = context
        self._versions = Versions(manifest)

    def of_node(self, node: Node, code: str | None) -> Json:
        """Return the job of a node; `code` is what dbt compiled."""
        made = self._described(node.resource_type, node.description, owners.of(node, self._manifest), node.tags)
        if code and node.language == "python":
            made["sourceCode"] = facets.source_code("python", code.partition(_BELOW_A_PYTHON_MODEL)[0].rstrip() + "\n")
        elif code:
            made["sql"] = facets.sql(code, self._manifest.metadata.adapter_type)
        if node.original_file_path:
            made["sourceCodeLocation"] = self._location(node.package_name, node.original_file_path, self._versions.of(node))
        config = node.config
        if node.resource_type not in TABLES:
            return self._job(names.job(node), made, uniqueId=node.unique_id, meta=config.meta or node.meta or None)
        return self._job(
            names.job(node),
            made,
            uniqueId=node.unique_id,
            materialized=config.materialized,
            incrementalStrategy=config.incremental_strategy,
            uniqueKey=config.unique_key,
            batchSize=config.batch_size,
            preHooks=_sql(config.pre_hook),
            postHooks=_sql(config.post_hook),
            checksum=node.checksum.checksum or None,
            meta=config.meta or node.meta or None,
        )

    def of_unit_test(self, test: UnitTest) -> Json:
        """Return the job of a unit test."""
        made = self._described("test", test.description, [], ())
        if test.original_file_path:
            made["sourceCodeLocation"] = self._location(test.package_name, test.original_file_path, test.checksum or "")
        return self._job(test.unique_id, made, uniqueId=test.unique_id, model=test.model or None)

    def of_freshness(self, source: Source) -> Json:
        """Return the job that checks how fresh a source is."""
        made = self._described("freshness", None, owners.of(source, self._manifest), source.tags)
        return self._job(names.freshness(source), made, uniqueId=source.unique_id)

    def of_batches(self, job: Json) -> Json:
        """Return the job of a microbatch model's batches; `job` is the model's, which has all that is to be said of them."""
        return events.job(job["namespace"], names.batches(job["name"]), {"jobType": _type("batch")})

    def of_exposure(self, exposure: Exposure) -> Json:
        """Return the job that an exposure is: something that reads."""
        made = self._described("exposure", exposure.description, owners.of_exposure(exposure, self._manifest), exposure.tags)
        if exposure.original_file_path:
            made["sourceCodeLocation"] = self._location(exposure.package_name, exposure.original_file_path, "")
        return self._job(
            exposure.unique_id,
            made,
            uniqueId=exposure.unique_id,
            type=exposure.type,
            label=exposure.label,
            maturity=exposure.maturity,
            url=exposure.url,
            meta=exposure.config.meta or exposure.meta or None,
        )

    def of_saved_query(self, query: Measured) -> Json:
        """Return the job of a saved query."""
        made = self._described("saved_query", query.description, owners.of(query, self._manifest), query.tags)
        if query.original_file_path:
            made["sourceCodeLocation"] = self._location(query.package_name, query.original_file_path, "")
        return self._job(query.unique_id, made, uniqueId=query.unique_id, label=query.label, meta=query.config.meta or query.meta or None)

    def _described(self, kind: str, description: str | None, people: list[dict[str, str]], tags: tuple[str, ...]) -> Facets:
        made: Facets = {"jobType": _type(kind)}
        if description:
            made["documentation"] = facets.job_documentation(description)
        if people:
            made["ownership"] = facets.job_ownership(people)
        if tags:
            made["tags"] = _tags(tags)
        return made

    def _job(self, name: str, made: Facets, **ours: object) -> Json:
        made[runs.KEY] = facets.ours("dbt", **ours)
        return events.job(self._context.namespace, name, made)

    def _location(self, package: str, file: str, version: str) -> Json:
        """Tell where a node's code stands, and its version.

        Marquez makes a new job version when the URL changes, so the version stands there too. The commit would not do: it changes
        for every node at once. It is told of the invocation, and of each run.
        """
        context = self._context
        checkout = context.checkout if package == context.project else None
        path = checkout.prefix + file if checkout else file
        place = f"{checkout.repo}/blob/HEAD/{path}" if checkout and checkout.repo else f"dbt://{package}/{file}"
        return facets.source_code_location(
            "git" if checkout else "dbt",
            f"{place}#{version}" if version else place,
            repoUrl=checkout.repo if checkout else None,
            path=path,
            version=version or None,
        )


@cache
def _type(kind: str) -> Json:
    return facets.job_type(INTEGRATION, kind.upper())


@lru_cache(maxsize=1024)
def _tags(tags: tuple[str, ...]) -> Json:
    """Return the facet of tags, which many nodes have alike."""
    return facets.job_tags(tags, INTEGRATION)


def _sql(hooks: object) -> list[str] | None:
    """Return the SQL of a node's hooks, which dbt runs within the node."""
    said = [_one(hook) for hook in hooks] if isinstance(hooks, list) else []
    return [sql for sql in said if sql] or None


def _one(hook: object) -> str | None:
    sql = hook.get("sql") if isinstance(hook, dict) else hook
    return sql if isinstance(sql, str) else None
