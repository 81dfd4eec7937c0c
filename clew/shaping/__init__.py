"""An event as Marquez needs it: pure functions from an event and what is known of its job and run to events and what is then known.

The relay calls `keys(event)` to learn what has to be known, loads that from the outbox, calls `shape(event, known)`, sends
`Shaped.events` in that order, and stores `Shaped.known` under the same keys together with the delivery.

Where the outbox knows nothing, the backend may: the relay turns its answers into the same values.

    known_job(GET namespaces/NS/jobs/NAME, [GET namespaces/NS/datasets/NAME …])   NS, NAME = keys(event).shown; the datasets are
                                                    those of the answer's `inputs` and `outputs`, as many as one cares to ask
    known_run(GET jobs/runs/ID)                     ID = keys(event).run or .parent_run
    known_dataset(GET namespaces/NS/datasets/NAME)  each of keys(event).datasets

Every Known… is a msgspec struct: written by `msgspec.json.encode`, read by `msgspec.json.decode(…, type=KnownJob)`. A newer
Clew's unknown fields are ignored and its new ones are optional, so that two versions can share an outbox. Each has room for
64 KB of facets per part, whatever the events bring.

The rules stand one per file; `rules.py` calls them in order. docs/shaping.md says what each does and why.
"""

from clew.shaping.backend import known_dataset, known_job, known_run
from clew.shaping.known import Keys, Known, KnownDataset, KnownJob, KnownRun, Latest, Shaped, keys
from clew.shaping.rules import shape
from clew.shaping.sizes import FACET_LIMIT

__all__ = [
    "FACET_LIMIT",
    "Keys",
    "Known",
    "KnownDataset",
    "KnownJob",
    "KnownRun",
    "Latest",
    "Shaped",
    "keys",
    "known_dataset",
    "known_job",
    "known_run",
    "shape",
]
