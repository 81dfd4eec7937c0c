"""Secrets that are known by how they are written."""

from __future__ import annotations

import pytest

from clew_airflow.secret_texts import of_environment, without_secrets


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("password = 'geheim'", "password = '***'"),
        ('db_password: str = "geheim"', 'db_password: str = "***"'),
        ('{"apiKey": "geheim", "host": "till"}', '{"apiKey": "***", "host": "till"}'),
        (r"{\"token\": \"geheim\"}", r"{\"token\": \"***\"}"),
        ("connect(user='me', password='geheim')", "connect(user='me', password='***')"),
        ("CREATE USER me PASSWORD 'geheim'", "CREATE USER me PASSWORD '***'"),
        ("CREATE USER me IDENTIFIED BY 'geheim'", "CREATE USER me IDENTIFIED BY '***'"),
        (
            "COPY t FROM 's3://b' CREDENTIALS 'aws_access_key_id=a;aws_secret_access_key=geheim'",
            "COPY t FROM 's3://b' CREDENTIALS 'aws_access_key_id=a;aws_secret_access_key=***'",
        ),
        ("curl --token geheim https://x", "curl --token *** https://x"),
        ("curl --api-key=geheim https://x", "curl --api-key=*** https://x"),
        ("PASSWORD=geheim psql", "PASSWORD=*** psql"),
        ("host=till password=geheim dbname=shop", "host=till password=*** dbname=shop"),
        ("GET https://x/y?a=b&token=geheim&c=d", "GET https://x/y?a=b&token=***&c=d"),
        ("key AKIAABCDEFGHIJKLMNOP.", "key ***."),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "***"),
    ],
)
def test_what_is_written_as_a_secret_is_hidden(text, told):
    assert without_secrets(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "password = conn.password",
        "connect(password=conn.password, token=get_token())",
        "psql --password $PGPASSWORD",
        "curl --token {{ var.value.token }}",
        "SELECT token, password FROM users WHERE token IN ('a')",
        "syntax error near token 'SELECT'",
        "def get_token(secret): return secret",
        "tokenise the text",
    ],
)
def test_a_name_is_no_secret(text):
    assert without_secrets(text) == text


@pytest.mark.parametrize("part", ["a-", "a.", "--token ", "token=(", 'token: "', "eyJ-", "password '"])
def test_a_long_text_is_looked_through_once(part):
    """Where a pattern goes back to its beginning at each character, this does not end within the time that a test has."""
    text = "token " + part * (500_000 // len(part))
    assert len(without_secrets(text)) <= len(text)


def test_values_of_variables_that_are_named_as_secrets_are_found():
    found = of_environment(
        {"SHOP_DB_PASSWORD": "geheim-4711", "API_KEY": "x.y+z-12", "HOME": "/root", "TOKEN_FILE": "a-file", "A_SECRET": "/run/s"}
    )
    assert found is not None
    assert (
        found.sub("***", "log in with geheim-4711 and x.y+z-12 from /root, a-file, /run/s")
        == "log in with *** and *** from /root, a-file, /run/s"
    )


def test_short_values_and_settings_are_left_alone():
    assert of_environment({"PASS": "on", "TOKENIZERS_PARALLELISM": "false"}) is None
