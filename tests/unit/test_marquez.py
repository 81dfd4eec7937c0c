from __future__ import annotations

import threading
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from clew.errors import Refused, Troubled, Unreachable
from clew.marquez import Answer, HttpSeam, Marquez, without_credentials
from tests.backends import Backend, BreaksOff, Hangs, Says


class Fixed:
    """A seam that always answers the same."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        self.asked.append((method, path))
        self.body = body
        return self.answer


def marquez(status: int, body: bytes = b"", retry_after: float | None = None) -> Marquez:
    return Marquez(Fixed(Answer(status=status, body=body, retry_after=retry_after)))


def test_an_event_is_posted_where_marquez_takes_events() -> None:
    seam = Fixed(Answer(status=201, body=b""))
    Marquez(seam).send(b"{}")
    assert (seam.asked, seam.body) == ([("POST", "/api/v1/lineage")], b"{}")


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_what_is_wrong_with_an_event_is_permanent(status: int) -> None:
    with pytest.raises(Refused, match=str(status)) as caught:
        marquez(status, b"why").send(b"{}")
    assert caught.value.permanent


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_backend_that_is_busy_or_away_is_asked_later(status: int) -> None:
    with pytest.raises(Unreachable) as caught:
        marquez(status, retry_after=7.0).send(b"{}")
    assert (caught.value.permanent, caught.value.retry_after) == (False, 7.0)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405])
def test_a_wrong_address_or_key_is_not_the_events_fault(status: int) -> None:
    with pytest.raises(Unreachable, match="Is the URL that of a Marquez, and the API key right"):
        marquez(status).send(b"{}")


def test_500_may_be_the_events_fault_or_the_backends() -> None:
    with pytest.raises(Troubled):
        marquez(500).send(b"{}")


def test_what_is_not_there_is_none() -> None:
    assert marquez(404).get("jobs") is None


def test_names_in_a_path_are_quoted() -> None:
    seam = Fixed(Answer(status=200, body=b"{}"))
    Marquez(seam).get("namespaces", "s3://a b", "jobs", limit=5, offset=None)
    assert seam.asked == [("GET", "/api/v1/namespaces/s3%3A%2F%2Fa%20b/jobs?limit=5")]


def test_an_answer_that_is_no_json_asks_whether_this_is_a_marquez() -> None:
    with pytest.raises(Troubled, match="Is this a Marquez"):
        marquez(200, b"<html>").get("jobs")


def test_only_the_start_of_a_long_answer_is_told() -> None:
    with pytest.raises(Refused) as caught:
        marquez(422, b"x" * 10_000).send(b"{}")
    assert len(str(caught.value)) < 600


def sent_to(backend: Backend, *, timeout: float = 10.0) -> None:
    Marquez(HttpSeam(backend.url, timeout=timeout)).send(b"{}")


def test_a_backend_that_does_not_listen_refuses() -> None:
    backend = Backend()
    with pytest.raises(Unreachable, match=f"{backend.url}: connection refused"):
        sent_to(backend)


def test_a_backend_that_never_answers_is_given_up_in_time() -> None:
    with Backend(lambda _: Hangs()) as backend, pytest.raises(Unreachable, match="no answer in time"):
        sent_to(backend, timeout=0.1)


def test_an_answer_that_breaks_off_is_none() -> None:
    with Backend(lambda _: BreaksOff()) as backend, pytest.raises(Unreachable):
        sent_to(backend)


def test_the_environment_may_name_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Backend() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        Marquez(HttpSeam("http://marquez.invalid:5000")).send(b'{"job": "j"}')
        assert proxy.accepted == [{"job": "j"}]


def test_every_request_has_its_own_body_and_the_credentials_of_the_url() -> None:
    asked: list[tuple[str, str | None, bytes]] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length")
            asked.append((self.path, self.headers.get("Authorization"), self.rfile.read(int(length or 0))))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        seam = HttpSeam(f"http://ann:secret@127.0.0.1:{server.server_port}/marquez")
        seam.call("POST", "/api/v1/lineage", b"longer")
        seam.call("POST", "/api/v1/lineage", b"short")
        seam.call("GET", "/api/v1/jobs?limit=1")
        server.shutdown()
    basic = "Basic " + b64encode(b"ann:secret").decode()
    assert asked == [
        ("/marquez/api/v1/lineage", basic, b"longer"),
        ("/marquez/api/v1/lineage", basic, b"short"),
        ("/marquez/api/v1/jobs?limit=1", basic, b""),
    ]


def test_a_redirect_is_not_followed() -> None:
    with Backend(lambda _: Says(302, {"Location": "/elsewhere"})) as backend, pytest.raises(Unreachable, match="302"):
        sent_to(backend)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("120", 120, 120),
        (timedelta(hours=1), 3000, 3600),
        (timedelta(hours=-1), 0, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(asked: str | timedelta, least: float, most: float) -> None:
    text = asked if isinstance(asked, str) else format_datetime(datetime.now(timezone.utc) + asked, usegmt=True)
    with Backend(lambda _: Says(503, {"Retry-After": text})) as backend, pytest.raises(Unreachable) as caught:
        sent_to(backend)
    assert caught.value.retry_after is not None
    assert least <= caught.value.retry_after <= most


def test_nonsense_in_retry_after_is_nothing() -> None:
    with Backend(lambda _: Says(503, {"Retry-After": "soon"})) as backend, pytest.raises(Unreachable) as caught:
        sent_to(backend)
    assert caught.value.retry_after is None


def test_credentials_are_never_shown() -> None:
    assert without_credentials("https://ann:p@ss@marquez:5000/x") == "https://marquez:5000/x"
    backend = Backend()
    with pytest.raises(Unreachable) as caught:
        Marquez(HttpSeam(f"http://ann:secret@127.0.0.1:{backend.port}")).send(b"{}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("page", [b"<html>log in", b"\n <!DOCTYPE html>"])
def test_a_page_for_people_accepts_no_event(page: bytes) -> None:
    """A gateway that wants a login answers 200 to everything; the event must stay in the outbox."""
    with pytest.raises(Unreachable, match="a web page came back"):
        marquez(200, page).send(b"{}")
