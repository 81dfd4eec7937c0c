"""Who else tells of a dbt run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ITSELF = "import os; from dbt_clew.live import alongside; print(alongside.is_below_dbt_ol(os.getpid()))"


@pytest.mark.parametrize(("name", "found"), [("dbt-ol", "True"), ("dbt-all", "False")])
def test_dbt_ol_is_found_however_far_up_it_is(tmp_path, name, found):
    program = tmp_path / name
    program.write_text(f'#!/bin/sh\nsh -c \'"$@"; exit $?\' sh "{sys.executable}" -c "{ITSELF}"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [program], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert done.stdout.strip() == found
