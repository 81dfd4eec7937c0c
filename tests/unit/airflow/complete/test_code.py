"""Where the code stands, with a URL that changes when what runs does; and what it is."""

from tests.unit.airflow.complete.told_events import CODE, dag_event, in_git, job_facet, task_event


def url(given):
    return job_facet("sourceCodeLocation", given, in_git)["url"]


def test_a_job_tells_where_its_code_stands():
    assert job_facet("sourceCodeLocation", task_event(), in_git) == {
        "type": "git",
        "url": CODE.url,
        "repoUrl": "https://git/dags",
        "path": "load.py",
        "version": "c0ffee",
        "branch": "main",
    }


def test_a_new_dag_version_is_a_new_version_of_the_dags_job():
    assert url(dag_event({"dag_version_number": 1})) != url(dag_event({"dag_version_number": 2}))


def test_a_new_dag_version_is_none_of_a_task():
    assert url(task_event({"dag_version_id": "one"})) == url(task_event({"dag_version_id": "two"}))


def test_another_image_or_digest_is_a_new_version_of_its_task():
    images = [
        {"image": "load:1"},
        {"image": "load:2"},
        {"image": "load:2", "digest": "sha256:a"},
        {"image": "load:2", "digest": "sha256:b"},
    ]
    assert len({url(task_event(image)) for image in images}) == 4


def test_the_same_image_is_the_same_version():
    assert url(task_event({"image": "load:1"})) == url(task_event({"image": "load:1", "digest": None}))


def test_the_bundles_repository_and_version_help_to_find_the_code():
    asked = {}

    def remember(file, **known):
        asked.update(known, file=str(file))
        return CODE

    job_facet("sourceCodeLocation", task_event({"repository": "https://git/dags"}, instance={"dag_bundle_version": "c0ffee"}), remember)
    assert asked == {"file": "/dags/load.py", "repository": "https://git/dags", "commit": "c0ffee"}


def test_the_source_of_what_a_task_runs():
    given = task_event({"source_code": {"language": "python", "code": "def load(): ..."}})
    assert job_facet("sourceCode", given) == {"language": "python", "sourceCode": "def load(): ..."}
