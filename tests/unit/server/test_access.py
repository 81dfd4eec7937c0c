"""Who may read and write, what is counted and what is logged: `clew up` as a process, asked over the network."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from clew.cli import up
from clew.server.access import Access
from clew.settings import Settings
from tests.unit.cli.test_store import clew
from tests.unit.server.test_up import EVENT, clew_up, get, running

TOKEN, NEXT = "correct-horse-battery", "staple-correct-horse"


@pytest.fixture
def token_file(tmp_path):
    file = tmp_path / "tokens"
    file.write_text(f"{TOKEN}\n\n{NEXT}\n")
    file.chmod(0o600)
    return file


def status(url, path, authorization=None, *, write=False, context=None):
    request = Request(url + path, json.dumps(EVENT).encode() if write else None, {"Content-Type": "application/json"})
    if authorization:
        request.add_header("Authorization", authorization)
    try:
        with urlopen(request, timeout=30, context=context) as answer:
            return answer.status
    except HTTPError as error:
        error.close()
        return error.code


def basic(token):
    return "Basic " + base64.b64encode(f"anybody:{token}".encode()).decode()


READ, WRITE, PAGE = "/api/v1/namespaces", "/api/v1/lineage", "/namespaces"


class TestToken:
    def test_with_a_token_file_nothing_is_read_or_written_without_one(self, tmp_path, token_file):
        with running(tmp_path, "--token-file", str(token_file)) as (_, url):
            for authorization in (
                None,
                "Bearer wrong",
                f"Bearer {TOKEN}x",
                f"Bearer {TOKEN[:-1]}",
                "Bearer",
                "Basic ???",
                basic("wrong"),
                TOKEN,
            ):
                assert status(url, WRITE, authorization, write=True) == 401
                assert {status(url, path, authorization) for path in (READ, PAGE, "/", "/metrics")} == {401}
            for authorization in (f"Bearer {TOKEN}", f"bearer {NEXT}", basic(TOKEN)):
                assert status(url, WRITE, authorization, write=True) == 201
                assert {status(url, path, authorization) for path in (READ, PAGE, "/", "/metrics")} == {200}

    @pytest.mark.parametrize(("named", "sent"), [(None, TOKEN), ("http://127.0.0.1:5000", TOKEN), ("http://marquez:5000", None)])
    def test_the_relay_that_it_starts_gets_its_token_and_no_other_backend_does(self, tmp_path, monkeypatch, named, sent):
        started = []
        monkeypatch.setattr(up.outbox, "start_relay", started.append)
        up._announce("http://127.0.0.1:5000", tmp_path, Settings(url=named), Access(tokens=(TOKEN.encode(),)))
        assert [each.api_key for each in started] == [sent]

    def test_whether_it_lives_may_be_asked_without_one(self, tmp_path, token_file):
        with running(tmp_path, "--token-file", str(token_file)) as (_, url):
            assert {status(url, path) for path in ("/ping", "/healthcheck")} == {200}

    @pytest.mark.parametrize(("kind", "read", "written"), [("write", 200, 401), ("read", 401, 201)])
    def test_it_can_be_asked_for_one_kind_alone(self, tmp_path, token_file, kind, read, written):
        with running(tmp_path, "--token-file", str(token_file), "--token-for", kind) as (_, url):
            assert status(url, READ) == read
            assert status(url, WRITE, write=True) == written

    def test_a_browser_is_told_how_to_ask_its_user(self, tmp_path, token_file):
        with running(tmp_path, "--token-file", str(token_file)) as (_, url), pytest.raises(HTTPError) as refused:
            urlopen(url + PAGE, timeout=30)
        refused.value.close()
        assert refused.value.headers["WWW-Authenticate"].startswith('Basic realm="Clew')

    @pytest.mark.parametrize("text", ["", "\n\n", "short\n", f"{TOKEN}\nshort"])
    def test_a_file_without_a_good_token_is_refused(self, tmp_path, text):
        file = tmp_path / "tokens"
        file.write_text(text)
        process = clew_up(tmp_path, "--port", "0", "--token-file", str(file))
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "one token a line" in errors

    def test_a_file_that_others_can_read_is_told(self, tmp_path, token_file):
        token_file.chmod(0o644)
        with running(tmp_path, "--token-file", str(token_file)) as (process, _):
            pass
        assert f"chmod 600 {token_file}" in process.told


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path):
        made = (
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        )
        cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
        subprocess.run(["openssl", *made, "-keyout", key, "-out", cert], check=True, capture_output=True)
        return cert, key

    def test_it_speaks_https(self, tmp_path, certificate):
        cert, key = certificate
        with running(tmp_path, "--tls-cert", str(cert), "--tls-key", str(key)) as (_, url):
            assert url.startswith("https://127.0.0.1:")
            assert status(url, WRITE, write=True, context=ssl.create_default_context(cafile=str(cert))) == 201

    def test_whoever_names_its_certificate_can_replay_and_export_with_the_token(self, tmp_path, token_file, certificate, monkeypatch):
        for name in ("CLEW_URL", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        with running(tmp_path / "old") as (_, url):
            assert status(url, WRITE, write=True) == 201
        cert, key = certificate
        options = ("--token-file", str(token_file), "--tls-cert", str(cert), "--tls-key", str(key))
        monkeypatch.setenv("CLEW_API_KEY", TOKEN)
        with running(tmp_path / "new", *options) as (_, url):
            distrusted = clew("export", "--url", url, home=tmp_path / "old")
            monkeypatch.setenv("SSL_CERT_FILE", str(cert))
            replayed = clew("replay", "--to", url, home=tmp_path / "old")
            exported = clew("export", "--url", url, home=tmp_path / "old")
        assert "not trusted; SSL_CERT_FILE" in distrusted.stderr
        assert (replayed.returncode, replayed.stdout) == (0, f"In all 1 events and 0 changes → {url}\n")
        assert [json.loads(line)["run"]["runId"] for line in exported.stdout.splitlines()] == [EVENT["run"]["runId"]]

    def test_a_key_without_a_certificate_does_not_mean_no_tls(self, tmp_path, certificate):
        process = clew_up(tmp_path, "--port", "0", "--tls-key", str(certificate[1]))
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 2
        assert "add --tls-cert" in errors

    def test_a_key_that_does_not_fit_is_told_before_anything_is_served(self, tmp_path, certificate):
        process = clew_up(tmp_path, "--port", "0", "--tls-cert", str(certificate[0]))
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "--tls-cert, --tls-key" in errors


class TestMetrics:
    def test_requests_are_counted_by_route_and_never_by_name(self, tmp_path):
        with running(tmp_path) as (_, url):
            status(url, WRITE, write=True)
            status(url, "/api/v1/namespaces/secret-name/jobs/a%2Fb")
            status(url, "/jobs/secret-name/job")
            status(url, "/nowhere/secret-name")
            text = get(url, "/metrics").decode()
        assert 'clew_http_requests_total{method="POST",route="/api/v1/lineage",status="201"} 1.0' in text
        assert 'clew_http_requests_total{method="GET",route="/api/v1/namespaces/{namespace}/jobs/{job}",status="404"} 1.0' in text
        assert 'route="/jobs"' in text
        assert 'route="other"' in text
        assert "clew_store_events_total 1.0" in text
        assert "secret-name" not in text

    def test_a_request_that_nobody_serves_adds_no_series(self, tmp_path):
        with running(tmp_path) as (_, url):
            for number in range(20):
                status(url, f"/api/v1/{number}")
            text = get(url, "/metrics").decode()
        assert 'clew_http_requests_total{method="GET",route="/api",status="404"} 20.0' in text


class TestLog:
    def test_requests_are_logged_as_json_objects(self, tmp_path):
        with running(tmp_path, "--log-requests", "--log-format", "json") as (process, url):
            status(url, WRITE, write=True)
            status(url, "/jobs/a%0Ab")
        first, second = (json.loads(line) for line in process.told.splitlines())
        assert (first["method"], first["path"], first["status"], first["client"]) == ("POST", WRITE, 201, "127.0.0.1")
        assert second["path"] == "/jobs/a%0Ab"

    def test_nothing_is_logged_when_all_is_well(self, tmp_path):
        with running(tmp_path) as (process, url):
            status(url, WRITE, write=True)
        assert process.told == ""
