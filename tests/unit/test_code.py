"""The place of a DAG's code: from git's files, without git; its URL changes when the file does."""

import hashlib
import subprocess

import pytest

from clew.code import locate


@pytest.fixture
def dag_file(tmp_path):
    """A DAG in a real repository with one commit."""
    file = tmp_path / "repo" / "dags" / "load.py"
    file.parent.mkdir(parents=True)
    file.write_text("print()\n")
    git(file, "init", "--quiet", "--initial-branch", "main")
    git(file, "add", ".")
    commit(file)
    return file


def git(file, *command):
    root = file.parent.parent
    done = subprocess.run(["git", "-C", root, *command], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(file, *options):
    git(file, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "c", *options)


def remote(file, url):
    git(file, "remote", "add", "origin", url)


def test_a_file_in_git_has_commit_branch_path_and_repository(dag_file):
    remote(dag_file, "https://github.com/shop/dags.git")
    found = locate(dag_file)
    assert found is not None
    assert found.kind == "git"
    assert found.repository == "https://github.com/shop/dags.git"
    assert found.path == "dags/load.py"
    assert found.commit == git(dag_file, "rev-parse", "HEAD")
    assert found.branch == "main"
    digest = git(dag_file, "hash-object", "dags/load.py")[:12]
    assert found.url == f"https://github.com/shop/dags/blob/HEAD/dags/load.py#blob-{digest}"


def test_the_url_changes_with_the_file_and_not_with_other_commits(dag_file):
    before = locate(dag_file)
    commit(dag_file, "--allow-empty")
    after_another_commit = locate(dag_file)
    dag_file.write_text("print(1)\n")
    after_a_change = locate(dag_file)
    assert before
    assert after_another_commit
    assert after_a_change
    assert before.url == after_another_commit.url != after_a_change.url
    assert before.commit != after_another_commit.commit


@pytest.mark.parametrize(
    ("url", "repository", "pages"),
    [
        ("https://user:t0ken@github.com/shop/dags.git", "https://github.com/shop/dags.git", "https://github.com/shop/dags"),
        ("https://t0ken@git.shop:8443/dags", "https://git.shop:8443/dags", "https://git.shop:8443/dags"),
        ("https://github.com/shop/dags.git?token=t0ken", "https://github.com/shop/dags.git", "https://github.com/shop/dags"),
        ("git@github.com:shop/dags.git", "ssh://github.com/shop/dags.git", "https://github.com/shop/dags"),
        ("ssh://git@github.com:22/shop/dags.git", "ssh://github.com:22/shop/dags.git", "https://github.com/shop/dags"),
    ],
)
def test_the_repository_is_told_without_credentials(dag_file, url, repository, pages):
    remote(dag_file, url)
    found = locate(dag_file)
    assert found is not None
    assert found.repository == repository
    assert found.url.startswith(f"{pages}/blob/HEAD/dags/load.py#blob-")
    assert "t0ken" not in str(found)


def test_a_repository_without_remote_still_has_its_commit(dag_file):
    found = locate(dag_file)
    assert found is not None
    assert found.commit == git(dag_file, "rev-parse", "HEAD")
    assert found.repository is None
    assert found.url.startswith(dag_file.as_uri() + "#blob-")


def test_a_detached_head_has_a_commit_and_no_branch(dag_file):
    git(dag_file, "checkout", "--quiet", "--detach")
    found = locate(dag_file)
    assert found is not None
    assert found.commit == git(dag_file, "rev-parse", "HEAD")
    assert found.branch is None


def test_packed_refs_are_read(dag_file):
    git(dag_file, "pack-refs", "--all")
    found = locate(dag_file)
    assert found is not None
    assert found.commit == git(dag_file, "rev-parse", "HEAD")


def test_a_worktree_has_the_commit_of_its_own_and_the_remote_of_all(dag_file, tmp_path):
    remote(dag_file, "https://github.com/shop/dags")
    git(dag_file, "worktree", "add", "--quiet", "-b", "feature", str(tmp_path / "feature"))
    found = locate(tmp_path / "feature" / "dags" / "load.py")
    assert found is not None
    assert found.branch == "feature"
    assert found.commit == git(dag_file, "rev-parse", "feature")
    assert found.repository == "https://github.com/shop/dags"


def test_a_bundle_without_gits_files_is_named_by_what_airflow_knows(tmp_path):
    file = tmp_path / "load.py"
    file.write_text("")
    found = locate(file, repository="https://t0ken@github.com/shop/dags", commit="abc")
    assert found is not None
    assert (found.kind, found.repository, found.commit) == ("git", "https://github.com/shop/dags", "abc")


def test_a_file_outside_of_git_has_its_own_url(tmp_path):
    file = tmp_path / "load.py"
    file.write_bytes(b"x")
    found = locate(file)
    assert found is not None
    assert (found.kind, found.commit) == ("file", None)
    assert found.url == f"{file.as_uri()}#blob-{hashlib.sha1(b'blob 1' + bytes(1) + b'x').hexdigest()[:12]}"


def test_a_file_that_cannot_be_read_has_no_place(tmp_path):
    assert locate(tmp_path / "gone.py") is None


def test_a_damaged_repository_costs_what_it_cannot_tell(dag_file):
    dot_git = dag_file.parent.parent / ".git"
    (dot_git / "config").write_text("no section\n[")
    (dot_git / "HEAD").unlink()
    found = locate(dag_file)
    assert found is not None
    assert (found.commit, found.repository) == (None, None)
