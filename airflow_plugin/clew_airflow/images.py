"""The image of a task that runs in a container, by Docker's and Kubernetes' operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clew.events import Json


def of(task: Any) -> Json:
    """Return `image` as it is written, and its `digest` where that says it or the pod that ran has told it; empty without an image."""
    image = getattr(task, "image", None)
    if not isinstance(image, str) or not image:
        return {}
    reference, _, digest = image.partition("@")
    return {"image": reference, "digest": digest or _of_pod(task)}


def _of_pod(task: Any) -> str | None:
    """Return the digest that Kubernetes resolved an image to; it stands in the status of the pod that the operator looked at last."""
    pod = getattr(task, "remote_pod", None) or getattr(task, "pod", None)
    statuses = getattr(getattr(pod, "status", None), "container_statuses", None) or ()
    name = getattr(task, "base_container_name", "base")
    found = next((status.image_id for status in statuses if status.name == name), None) or ""
    return found.rpartition("@")[2] if "@sha256:" in found else None
