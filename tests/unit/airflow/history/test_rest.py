"""Who asks an Airflow, and what is said where an answer is none."""

import json

import pytest

from clew.errors import AirflowAnswers, Unreachable
from clew.marquez import Answer
from clew_airflow.history.rest import Credentials, Rest

V3, V2 = {"GET /api/v2/version": {"version": "3.3.2"}}, {"GET /api/v1/version": {"version": "2.10.5"}}


class Airflow:
    """Answers by request; remembers who was connected and what was asked."""

    def __init__(self, answers):
        self.answers, self.connected, self.asked = answers, [], []

    def connect(self, url, token):
        self.connected.append((url, token))
        return self

    def call(self, method, path, body=None):
        self.asked.append((method, path, body))
        found = self.answers.get(f"{method} {path}", Answer(status=404, body=b"{}"))
        if callable(found):
            found = found()
        return found if isinstance(found, Answer) else Answer(status=200, body=json.dumps(found).encode())

    def rest(self, url="http://airflow:8080", **credentials):
        return Rest(url, Credentials(**credentials), per_second=1e9, connect=self.connect, wait=lambda _: None)


def test_airflow_3_gives_a_token_for_user_and_password():
    airflow = Airflow({**V3, "POST /auth/token": Answer(status=201, body=b'{"access_token": "t"}')})
    airflow.rest(user="me", password="geheim")
    assert airflow.connected[-1] == ("http://airflow:8080", "t")
    assert json.loads(airflow.asked[-1][2]) == {"username": "me", "password": "geheim"}


def test_airflow_2_is_asked_with_user_and_password():
    airflow = Airflow(V2)
    airflow.rest("https://airflow/path", user="me@shop", password="a/b")
    assert airflow.connected[-1] == ("https://me%40shop:a%2Fb@airflow/path", None)


def test_a_token_is_sent_as_it_is():
    airflow = Airflow(V2)
    airflow.rest(token="t")
    assert airflow.connected[-1] == ("http://airflow:8080", "t")


def test_a_command_that_prints_a_token_is_run_again_when_the_token_has_expired(tmp_path):
    expired = iter([Answer(status=401, body=b"{}"), Answer(status=200, body=b"{}")])
    airflow = Airflow({**V3, "GET /api/v2/dags": lambda: next(expired)})
    command = f"echo x >> {tmp_path}/runs; wc -l < {tmp_path}/runs"
    assert airflow.rest(token_command=command).get("dags") == b"{}"
    assert [token for _, token in airflow.connected] == [None, "1", "2"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=401, body=b'{"detail": "no"}'), "CLEW_AIRFLOW_USER"),
        (Answer(status=403, body=b"{}"), "Viewer"),
        (Answer(status=302, body=b""), "log of its web server"),
        (Answer(status=200, body=b"<html>sign in</html>"), "login page"),
        (Answer(status=400, body=b"<html>"), "400 with a page of HTML"),
    ],
)
def test_a_refusal_names_the_url_and_the_next_step(answer, says):
    airflow = Airflow({**V3, "GET /api/v2/dags": answer})
    with pytest.raises(AirflowAnswers, match=says) as refused:
        airflow.rest().get("dags")
    assert "http://airflow:8080/api/v2/dags" in str(refused.value)


def test_what_is_no_airflow_is_told():
    with pytest.raises(AirflowAnswers, match="no Airflow answers there") as refused:
        Airflow({"GET /api/v2/version": Answer(status=200, body=b"<html>")}).rest("http://me:geheim@elsewhere")
    assert "200 with a page of HTML" in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_a_server_in_trouble_is_asked_again():
    answers = iter([Answer(status=503, body=b""), Answer(status=429, body=b"", retry_after=1.0), Answer(status=200, body=b"{}")])
    assert Airflow({**V3, "GET /api/v2/dags": lambda: next(answers)}).rest().get("dags") == b"{}"


def test_a_server_that_stays_away_ends_it_with_how_to_go_on():
    def gone():
        raise Unreachable("http://airflow:8080: connection refused")

    airflow = Airflow(dict(V3))
    rest = airflow.rest()
    airflow.answers["GET /api/v2/dags"] = gone
    with pytest.raises(AirflowAnswers, match="goes on from there"):
        rest.get("dags")


def test_requests_are_spread():
    waited = []
    rest = Rest("http://airflow", Credentials(token="t"), per_second=2, connect=Airflow(V3).connect, wait=waited.append)
    for _ in range(3):
        rest.get("dags")
    assert sum(waited) > 1.0
    assert rest.requests == 4
