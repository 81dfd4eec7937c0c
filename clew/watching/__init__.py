"""What Python code reads and writes, seen without a change to it.

    seen.py       what is seen: datasets, and statements that were sent to a database
    recorder.py   what is kept of it: each thing once, never more than a bound
    warning.py    what goes wrong, said once
    process.py    the recorder of this process: watching begins, something is seen, watching ends
    imports.py    when a library is imported
    calls.py      how calls of a library are watched
    libraries/    one file per library: which calls, and what they tell
    files.py      which dataset a path, a URL or an open file means
    topics.py     which dataset a topic of Kafka is
    folders.py    files that are one dataset, and files that are none, known when all was seen
    datasets.py   from what was seen to the inputs and outputs of a run

A library is watched from the moment it is imported; one that nobody imports costs nothing. What goes wrong here is never the
user's: calls return what they returned, exceptions of theirs pass untouched, and a failure of ours is one warning.
"""

from clew.watching.process import begin, end, recording, see, see_unless_known, watched
from clew.watching.seen import Database, Seen, Statement

__all__ = ["Database", "Seen", "Statement", "begin", "end", "recording", "see", "see_unless_known", "watched"]
