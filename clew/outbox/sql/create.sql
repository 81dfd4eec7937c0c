-- What is waiting or was refused. A delivered event has no row: its row goes in the transaction that learns of the delivery.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- order of appending; never used twice, so a late answer cannot hit another event
    state TEXT NOT NULL CHECK (state IN ('waiting', 'refused')),
    type TEXT NOT NULL,
    run TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    parent_run TEXT NOT NULL,
    appended_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, -- answers of 500 while other events were accepted
    due_at REAL NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    body BLOB NOT NULL
);

CREATE INDEX events_by_run ON events (run);

CREATE INDEX events_by_state ON events (state, seq);

-- Who may deliver, until when. One row.
CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    owner TEXT NOT NULL DEFAULT '',
    until REAL NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0, -- events, ever
    trouble TEXT NOT NULL DEFAULT '', -- why nothing is accepted at the moment
    trouble_since REAL NOT NULL DEFAULT 0
);

INSERT INTO lease (id) VALUES (1);

-- What earlier events told, as JSON; the shaping of later ones needs it. A run has no namespace, its id is its name.
CREATE TABLE known (
    kind TEXT NOT NULL CHECK (kind IN ('job', 'run', 'dataset')),
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    over INTEGER NOT NULL, -- a run that has ended
    touched_at REAL NOT NULL,
    PRIMARY KEY (kind, namespace, name)
);

-- 'shared_from': the oldest schema whose Clew may use this file together with this one.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
