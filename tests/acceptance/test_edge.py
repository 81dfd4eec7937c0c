"""What the server bears: clients that send too much, too slowly, or nothing at all harm themselves alone.

Real sockets, a real process; a canary asks on, and is answered.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from clew.marquez import HttpSeam
from clew.server.bodies import LIMIT
from tests.unit.server.conftest import run_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.acceptance

IMPATIENT = """
from clew.server import bodies, connections
bodies.PATIENCE, connections.HEAD, connections.REST, connections.MOST = {body}, {head}, {rest}, {most}
from clew.cli import main
main(["up", "--port", "0", *{options!r}])
"""
"""The server with another patience than it has by itself: tests need not wait for it, nor hurry."""


@contextmanager
def server(home: Path, *options: str, body: float = 60, head: float = 60, rest: float = 5, most: int = 500) -> Iterator[str]:
    code = IMPATIENT.format(body=body, head=head, rest=rest, most=most, options=list(options))
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("CLEW_", "OPENLINEAGE"))} | {"CLEW_HOME": str(home)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="module")
def impatient(tmp_path_factory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("impatient"), body=2, head=2, rest=2) as found:
        yield found


@pytest.fixture(autouse=True)
def others_are_unharmed(url):
    yield
    assert HttpSeam(url).call("GET", "/api/v1/namespaces").status == 200


def event(run: str = "1", **more: Any) -> bytes:
    values = {"eventType": "COMPLETE", "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "run": {"runId": run_id(run)}}
    return json.dumps({**values, "job": {"namespace": "ns", "name": "job"}, **more}).encode()


def connect(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def head(method: str = "POST", path: str = "/api/v1/lineage", **headers: str) -> bytes:
    lines = {"Host": "localhost", "Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in lines.items()), "", ""]).encode()


def answered(client: socket.socket) -> int:
    """Return the status of an answer; 0 where the connection was closed without one."""
    with client.makefile("rb") as lines:
        line = lines.readline()
    return int(line.split()[1]) if line else 0


def asked(url: str, request: bytes, then: bytes = b"") -> int:
    with connect(url) as client:
        client.sendall(request)
        if then:
            client.sendall(then)
        return answered(client)


def sent(url: str, body: bytes, **headers: str) -> int:
    return asked(url, head(Content_Length=str(len(body)), **headers), body)


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(url):
    assert asked(url, head(Content_Length=str(100 * 1024**2))) == 413


def test_a_body_that_does_not_say_how_much_it_is_is_refused_when_it_is_too_much(url):
    with connect(url) as client:
        client.sendall(head(Transfer_Encoding="chunked"))
        piece = b"%x\r\n" % 1024**2 + b" " * 1024**2 + b"\r\n"
        with suppress(OSError):  # it may be refused while we still send
            for _ in range(LIMIT // 1024**2 + 2):
                client.sendall(piece)
        assert answered(client) == 413


def test_a_body_that_unpacks_to_too_much_is_refused(url):
    assert sent(url, gzip.compress(b" " * (LIMIT + 1)), Content_Encoding="gzip") == 413


def test_a_body_in_gzip_is_unpacked(url):
    assert sent(url, gzip.compress(event()), Content_Encoding="gzip") == 201


@pytest.mark.parametrize("deep", [b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000])
def test_json_that_is_nested_ten_thousand_deep_is_refused(url, deep):
    assert sent(url, deep) == 400


def test_a_schema_of_a_million_columns_is_refused(url):
    fields = [{"name": f"c{n}", "type": "INT"} for n in range(1_000_000)]
    facet = {"_producer": "p", "_schemaURL": "s", "fields": fields}
    assert sent(url, event(outputs=[{"namespace": "db", "name": "wide", "facets": {"schema": facet}}])) == 413


def test_a_client_that_sends_a_byte_now_and_then_is_not_waited_for(impatient):
    with connect(impatient) as client:
        client.sendall(head(Content_Length="1000") + b"{")
        stop = threading.Event()
        dripping = threading.Thread(target=drip, args=(client, stop))
        dripping.start()
        assert answered(client) == 408
        stop.set()
        dripping.join()


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(impatient):
    with connect(impatient) as client:
        client.sendall(b"GET /api/v1/namespaces HTTP/1.1\r\nHost: localhost\r\nX: ")
        stop = threading.Event()
        dripping = threading.Thread(target=drip, args=(client, stop))
        dripping.start()
        assert answered(client) == 408
        stop.set()
        dripping.join()


def drip(client: socket.socket, stop: threading.Event) -> None:
    with suppress(OSError):  # the server closed it
        while not stop.wait(0.05):
            client.send(b"x")


def test_half_a_request_is_no_request(url):
    with connect(url) as client:
        client.sendall(head(Content_Length="1000") + event())
        client.shutdown(socket.SHUT_WR)
        assert answered(client) in {0, 408}
    assert b"never" not in HttpSeam(url).call("GET", "/api/v1/events/lineage").body


def test_what_is_no_http_is_refused(url):
    assert asked(url, b"\x16\x03\x01 hello\r\n\r\n") == 400


def test_connections_that_say_nothing_are_closed(impatient):
    with connect(impatient) as client:
        assert answered(client) == 0


def test_a_thousand_idle_connections_shut_out_nobody(tmp_path):
    with server(tmp_path, most=50) as url:
        idle = [connect(url) for _ in range(1000)]
        try:
            assert [HttpSeam(url).call("GET", "/api/v1/namespaces").status for _ in range(3)] == [200] * 3
        finally:
            for client in idle:
                client.close()


def test_sixty_four_clients_at_once_are_all_answered(url):
    with ThreadPoolExecutor(64) as clients:
        assert set(clients.map(lambda n: sent(url, event(str(n))), range(100, 228))) == {201}
        runs = HttpSeam(url).call("GET", "/api/v1/namespaces/ns/jobs/job/runs?limit=1").body
    assert json.loads(runs)["totalCount"] >= 128


def test_a_batch_of_ten_thousand_events_tells_what_became_of_each(url):
    events = [json.loads(event(str(n), job={"namespace": "batch", "name": f"job{n % 50}"})) for n in range(1000, 11_000)]
    events[5]["run"] = None
    body = gzip.compress(json.dumps(events).encode())
    with connect(url) as client:
        client.sendall(
            head(path="/api/v1/lineage/batch", Content_Length=str(len(body)), Content_Encoding="gzip", Connection="close") + body
        )
        with client.makefile("rb") as answer:
            results = json.loads(answer.read().partition(b"\r\n\r\n")[2])["results"]
    assert [n for n, r in enumerate(results) if r["status"] != 201] == [5]
    assert (len(results), results[5]["status"]) == (10_000, 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(url, kind):
    assert sent(url, event(), Content_Type=kind) == 415


@pytest.mark.parametrize(("accept", "status"), [("text/html", 406), ("text/html, */*;q=0.8", 200), ("application/*", 200)])
def test_answers_are_json_or_none(url, accept, status):
    assert asked(url, head("GET", "/api/v1/namespaces", Accept=accept)) == status


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "localhost.example.com:5000", "10.0.0.1", ""])
def test_a_name_that_is_not_this_machines_is_refused(url, host):
    """A page of another site could have pointed its name here."""
    assert asked(url, head("GET", "/api/v1/namespaces", Host=host)) == 421
    assert asked(url, head("GET", "/", Host=host)) == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5000", "127.0.0.1:1", "127.1.2.3", "[::1]:5000", "clew.localhost"])
def test_this_machines_own_names_are_answered(url, host):
    assert asked(url, head("GET", "/api/v1/namespaces", Host=host)) == 200


def test_a_name_that_a_gateway_passes_on_can_be_allowed(tmp_path):
    with server(tmp_path, "--allow-host", "clew.example.com") as url:
        assert asked(url, head("GET", "/api/v1/namespaces", Host="clew.example.com")) == 200
        assert asked(url, head("GET", "/api/v1/namespaces", Host="other.example.com")) == 421


def test_head_and_options_tell_of_a_path_without_its_content(url):
    with connect(url) as client:
        client.sendall(head("HEAD", "/api/v1/namespaces", Connection="close"))
        with client.makefile("rb") as answer:
            top, _, body = answer.read().partition(b"\r\n\r\n")
    assert (top.split()[1], body) == (b"200", b"")
    with connect(url) as client:
        client.sendall(head("OPTIONS", "/api/v1/namespaces/ns", Connection="close", Origin="https://example.com"))
        with client.makefile("rb") as answer:
            told = answer.read().lower()
    assert b"allow: delete, get, head, options, put" in told
    assert b"access-control" not in told


def test_every_answer_says_that_it_is_no_page_and_is_not_kept(url):
    for path in ("/api/v1/namespaces", "/api/v1/nowhere"):
        with connect(url) as client:
            client.sendall(head("GET", path, Connection="close"))
            with client.makefile("rb") as answer:
                top = answer.read().partition(b"\r\n\r\n")[0].lower()
        assert b"x-content-type-options: nosniff" in top
        assert b"content-security-policy: default-src 'none'" in top
        assert b"cache-control: no-store" in top
