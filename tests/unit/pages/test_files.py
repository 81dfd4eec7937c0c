from __future__ import annotations

import re


def test_a_file_whose_address_names_its_content_may_be_kept(site):
    (address,) = re.findall(r'href="(/static/clew\.css[^"]*)"', site.text("/"))
    answer = site.get(address)
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_without_that_is_asked_for_again(site):
    assert site.get("/static/clew.css").headers["Cache-Control"] == "no-cache"


def test_nothing_outside_the_folder_is_served(site):
    for path in ("/static/../pages/views.py", "/static/%2e%2e/pages/views.py", "/static/..%2fpages%2fviews.py"):
        assert site.get(path).status_code == 404


def test_browsers_find_an_icon_by_its_usual_name(site):
    icon = site.get("/favicon.ico")
    assert (icon.status_code, icon.headers["Content-Type"]) == (200, "image/svg+xml")
    assert icon.content == site.get("/static/clew.svg").content
