"""The image of a task that runs in a container, with the digest where it is known."""

from types import SimpleNamespace as Value

import pytest

from clew_airflow.images import of


def pod(name, image_id):
    return Value(status=Value(container_statuses=[Value(name="sidecar", image_id="x@sha256:other"), Value(name=name, image_id=image_id)]))


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("shop/load:1", {"image": "shop/load:1", "digest": None}),
        ("shop/load@sha256:abc", {"image": "shop/load", "digest": "sha256:abc"}),
        ("registry:5000/shop/load:1@sha256:abc", {"image": "registry:5000/shop/load:1", "digest": "sha256:abc"}),
    ],
)
def test_an_image_by_its_reference(image, told):
    assert of(Value(image=image)) == told


@pytest.mark.parametrize("attribute", ["pod", "remote_pod"])
def test_the_digest_that_kubernetes_found(attribute):
    task = Value(image="shop/load:1", **{attribute: pod("base", "docker.io/shop/load@sha256:abc")})
    assert of(task) == {"image": "shop/load:1", "digest": "sha256:abc"}


@pytest.mark.parametrize("found", [pod("base", ""), pod("base", None), pod("another", "x@sha256:abc"), Value(status=None), None])
def test_a_pod_that_has_not_told_its_image(found):
    assert of(Value(image="shop/load:1", pod=found)) == {"image": "shop/load:1", "digest": None}


@pytest.mark.parametrize("task", [Value(), Value(image=None), Value(image=""), Value(image=object())])
def test_an_operator_without_an_image(task):
    assert of(task) == {}
