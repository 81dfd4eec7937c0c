"""What a backend has, asked for with few questions."""

from clew_airflow.history.there import PAGE, SINGLY, Backend, There


class Marquez:
    """A backend with one job; counts what it is asked."""

    def __init__(self, runs):
        self.runs = runs
        self.asked = []

    def get(self, *path, limit=0, offset=0):
        self.asked.append(path)
        if path[:2] == ("jobs", "runs"):
            return next((r for r in self.runs if r["id"] == path[2]), None)
        if path[-1] == "runs":
            return {"runs": self.runs[offset : offset + limit]}
        return {"name": path[-1]} if path[-1] == "shop" else None


def runs(count):
    return [{"id": f"r{n}", "state": "COMPLETED" if n % 2 else "RUNNING", "startedAt": "2026-03-01T00:00:00Z"} for n in range(count)]


def test_a_job_that_it_does_not_know_costs_one_question():
    marquez = Marquez([])
    backend = Backend(marquez, "airflow")
    assert [backend.run("till", f"r{n}") for n in range(100)] == [None] * 100
    assert len(marquez.asked) == 1


def test_a_few_runs_are_asked_for_one_by_one():
    backend = Backend(Marquez(runs(2)), "airflow")
    assert backend.run("shop", "r0") == There("RUNNING", "2026-03-01T00:00:00Z")
    assert not backend.run("shop", "r0").is_over
    assert backend.run("shop", "r1").is_over
    assert backend.run("shop", "r2") is None


def test_many_runs_are_listed():
    marquez = Marquez(runs(3 * PAGE))
    backend = Backend(marquez, "airflow")
    assert all(backend.run("shop", f"r{n}") for n in range(3 * PAGE))
    assert backend.run("shop", "other") is None
    assert len(marquez.asked) <= 1 + SINGLY + 3 + 1


def test_of_some_ids_each_is_looked_up():
    backend = Backend(Marquez(runs(3)), "airflow")
    found = backend.some("shop", ["x", "r0", "r2"])
    assert [one is not None for one in found] == [False, True, True]
    assert backend.some("till", ["r0"]) == [None]
