"""Where things are: addresses of our pages, and which addresses of others may become links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote, urlencode, urlsplit

from clew.answers.graph import dataset_node_id, job_node_id

if TYPE_CHECKING:
    from clew.answers.graph import Node
    from clew.answers.runs import Ref


@dataclass(frozen=True)
class Links:
    """Addresses of pages below `base`, the path that the pages are mounted at (empty for the root).

    `escape` stands before the two digits of a character that a path cannot hold. It is `%` wherever the path arrives as it was sent;
    gateways, WSGI and single-page applications decode `%2F` on the way, so there it is `~`.
    """

    base: str = ""
    escape: Literal["%", "~"] = "%"

    def to(self, path: str, **query: object) -> str:
        """Return the address of a page; parts of the query that are None or empty are left away."""
        asked = {k: v for k, v in query.items() if v not in (None, "")}
        return f"{self.base}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def job(self, ref: Ref, **query: object) -> str:
        """Return the address of a job."""
        return self.to(f"/jobs/{self._written(ref.namespace)}/{self._written(ref.name)}", **query)

    def dataset(self, ref: Ref) -> str:
        """Return the address of a dataset."""
        return self.to(f"/datasets/{self._written(ref.namespace)}/{self._written(ref.name)}")

    def run(self, run_id: str) -> str:
        """Return the address of a run."""
        return self.to(f"/runs/{self._written(run_id)}")

    def namespace(self, name: str, **query: object) -> str:
        """Return the address of a namespace."""
        return self.to(f"/namespaces/{self._written(name)}", **query)

    def node(self, node: Node) -> str:
        """Return the address of what a node of a graph stands for."""
        return self.job(node.ref) if node.is_job else self.dataset(node.ref)

    def job_lineage(self, ref: Ref) -> str:
        """Return the address of the graph around a job."""
        return self.to("/lineage", nodeId=job_node_id(ref))

    def dataset_lineage(self, ref: Ref) -> str:
        """Return the address of the graph around a dataset."""
        return self.to("/lineage", nodeId=dataset_node_id(ref))

    def names(self, path: str) -> list[str]:
        """Take the parts of a path apart and decode each."""
        return [unquote(part if self.escape == "%" else part.replace("~", "%")) for part in path.split("/")[1:]]

    def _written(self, text: str) -> str:
        quoted = quote(text, safe="")
        return quoted if self.escape == "%" else quoted.replace("~", "%7E").replace("%", "~")


def external(url: str | None) -> str | None:
    """Return the address if it may become a link: http or https with a host; anything else (`javascript:`) stays text."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
