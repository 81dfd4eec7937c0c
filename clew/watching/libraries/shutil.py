"""shutil, and the renaming in os below it: what becomes of files that the run wrote by another library.

People write beside a file and then put the new one in its place (`os.replace`, `Path.rename`, `shutil.move`): it is the last name that
is the dataset. Not seen: files that nobody saw being written, since programs move and copy more than data.
"""

from __future__ import annotations

import os
from typing import Any

from clew.watching import files
from clew.watching.calls import after_each


def watch(module: Any) -> None:
    """Have renaming and copying tell what a file is called now."""
    plain = {name: getattr(os, name) for name in ("rename", "replace")}
    after_each([*((os, name, _renamed) for name in plain), (module, "copyfile", _renamed)])
    os.supports_dir_fd.update(getattr(os, name) for name, call in plain.items() if call in os.supports_dir_fd)


def _renamed(_: Any, src: Any, dst: Any, *__: Any, **___: Any) -> None:
    files.tell_renamed(files.named(src), files.named(dst))
