-- The store of the embedded backend. Times are microseconds since 1970 in UTC.
-- `event` is what came in; everything else follows from it and from what was set through the API.

-- The raw events in order of arrival, and the changes that were made through the API (CHANGE: method and path, a line feed,
-- and the body); `body` is what was sent, deflated.
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  event_time INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('RUN', 'JOB', 'DATASET', 'CHANGE')),
  type TEXT,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX event_by_kind_and_time ON event (kind, event_time, id, type);

-- How many events there are of each day (microseconds since the year 1, by 86,400,000,000): what a page counts of a million.
CREATE TABLE event_day (
  day INTEGER PRIMARY KEY,
  events INTEGER NOT NULL
) STRICT;

-- JSON that repeats from run to run (facets, lists of fields), each kept once; `json` is deflated where it is large.
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  json BLOB NOT NULL
) STRICT;

CREATE TABLE namespace (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  owner TEXT NOT NULL,
  description TEXT,
  hidden INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  connection_url TEXT NOT NULL,
  description TEXT
) STRICT;

-- `described`: the event that named it last came with a description. `columns_id`: the columns that were told of last.
CREATE TABLE dataset (
  id INTEGER PRIMARY KEY,
  namespace_id INTEGER NOT NULL REFERENCES namespace,
  name TEXT NOT NULL,
  physical_name TEXT NOT NULL,
  type TEXT NOT NULL,
  source_id INTEGER NOT NULL REFERENCES source,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_modified_at INTEGER,
  description TEXT,
  described INTEGER NOT NULL,
  current_version_id INTEGER REFERENCES dataset_version,
  columns_id INTEGER REFERENCES content,
  edges_version_id INTEGER REFERENCES dataset_version,
  edges_id INTEGER REFERENCES content,
  deleted INTEGER NOT NULL DEFAULT 0,
  hidden INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX dataset_by_creation ON dataset (created_at);

-- Every name under which a dataset is known: its own and its symlinks.
CREATE TABLE dataset_name (
  namespace_id INTEGER NOT NULL REFERENCES namespace,
  name TEXT NOT NULL,
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  is_primary INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_name_by_dataset ON dataset_name (dataset_id);

-- Every column that a dataset was ever said to have; `seen` is the event that told of it last.
CREATE TABLE field (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  name TEXT NOT NULL,
  type TEXT,
  description TEXT,
  seen INTEGER NOT NULL,
  position INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX field_by_name ON field (dataset_id, name, ifnull(type, ''));

CREATE TABLE dataset_version (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  version TEXT NOT NULL UNIQUE,
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  run_id INTEGER REFERENCES run,
  created_at INTEGER NOT NULL,
  schema_uuid TEXT,
  fields_id INTEGER REFERENCES content,
  edges_id INTEGER REFERENCES content,
  schema_location TEXT,
  lifecycle_state TEXT
) STRICT;
CREATE INDEX dataset_version_by_dataset ON dataset_version (dataset_id, created_at);
CREATE INDEX dataset_version_by_run ON dataset_version (run_id);

-- Columns of a version beyond its own (`fields_id`), told by who read it or wrote it again.
CREATE TABLE version_field (
  version_id INTEGER NOT NULL REFERENCES dataset_version,
  field_id INTEGER NOT NULL REFERENCES field,
  PRIMARY KEY (version_id, field_id)
) STRICT, WITHOUT ROWID;

-- The newest of each facet of a dataset version, whoever told of it.
CREATE TABLE version_facet (
  version_id INTEGER NOT NULL REFERENCES dataset_version,
  name TEXT NOT NULL,
  event_time INTEGER NOT NULL,
  content_id INTEGER NOT NULL REFERENCES content,
  PRIMARY KEY (version_id, name)
) STRICT, WITHOUT ROWID;

-- What a run said of a dataset version that it read or wrote.
CREATE TABLE run_dataset_facet (
  run_id INTEGER NOT NULL REFERENCES run,
  version_id INTEGER NOT NULL REFERENCES dataset_version,
  io TEXT NOT NULL CHECK (io IN ('INPUT', 'OUTPUT')),
  name TEXT NOT NULL,
  content_id INTEGER NOT NULL REFERENCES content,
  PRIMARY KEY (run_id, version_id, io, name)
) STRICT, WITHOUT ROWID;

-- Which columns a column is made of, as it is now: the edges of the version that `dataset.edges_version_id` says.
CREATE TABLE column_edge (
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  field TEXT NOT NULL,
  input_dataset_id INTEGER NOT NULL REFERENCES dataset,
  input_field TEXT NOT NULL,
  description TEXT,
  type TEXT,
  PRIMARY KEY (dataset_id, field, input_dataset_id, input_field)
) STRICT, WITHOUT ROWID;
CREATE INDEX column_edge_downstream ON column_edge (input_dataset_id, input_field);

-- `latest_run_id` is the run that changed its state last; `rank` orders jobs that changed at the same time, what ended worst first.
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  namespace_id INTEGER NOT NULL REFERENCES namespace,
  name TEXT NOT NULL,
  simple_name TEXT NOT NULL,
  parent_id INTEGER REFERENCES job,
  type TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  description TEXT,
  location TEXT,
  current_inputs TEXT NOT NULL DEFAULT '[]',
  current_version_id INTEGER REFERENCES job_version,
  latest_run_id INTEGER REFERENCES run,
  state TEXT,
  rank INTEGER NOT NULL DEFAULT 9,
  hidden INTEGER NOT NULL DEFAULT 0,
  UNIQUE (namespace_id, name)
) STRICT;
CREATE INDEX job_by_update ON job (updated_at DESC, rank, id) WHERE hidden = 0;
CREATE INDEX job_by_namespace_and_update ON job (namespace_id, updated_at DESC, rank, id) WHERE hidden = 0;
CREATE INDEX job_by_creation ON job (created_at);
CREATE INDEX job_by_parent ON job (parent_id);

CREATE TABLE job_version (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  version TEXT NOT NULL UNIQUE,
  job_id INTEGER NOT NULL REFERENCES job,
  created_at INTEGER NOT NULL,
  location TEXT,
  latest_run_id INTEGER REFERENCES run
) STRICT;
CREATE INDEX job_version_by_job ON job_version (job_id, created_at);

CREATE TABLE job_version_io (
  version_id INTEGER NOT NULL REFERENCES job_version,
  io TEXT NOT NULL CHECK (io IN ('INPUT', 'OUTPUT')),
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  PRIMARY KEY (version_id, io, dataset_id)
) STRICT, WITHOUT ROWID;

-- The edges of the lineage graph as they are now.
CREATE TABLE job_io (
  job_id INTEGER NOT NULL REFERENCES job,
  io TEXT NOT NULL CHECK (io IN ('INPUT', 'OUTPUT')),
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  PRIMARY KEY (job_id, io, dataset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_io_by_dataset ON job_io (dataset_id, io, job_id);

CREATE TABLE job_version_facet (
  version_id INTEGER NOT NULL REFERENCES job_version,
  name TEXT NOT NULL,
  event_time INTEGER NOT NULL,
  content_id INTEGER NOT NULL REFERENCES content,
  PRIMARY KEY (version_id, name)
) STRICT, WITHOUT ROWID;

-- `start_known`: started_at is what a START said. `inferred`: known only as the parent of another run.
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  job_id INTEGER NOT NULL REFERENCES job,
  parent_uuid TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('NEW', 'RUNNING', 'COMPLETED', 'FAILED', 'ABORTED')),
  transitioned_at INTEGER,
  started_at INTEGER,
  start_known INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER,
  nominal_start INTEGER,
  nominal_end INTEGER,
  args TEXT NOT NULL,
  version_id INTEGER REFERENCES job_version,
  location TEXT,
  inferred INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX run_by_job_and_change ON run (job_id, transitioned_at, started_at, id);
CREATE INDEX run_by_job_and_start ON run (job_id, started_at, id);
CREATE INDEX run_by_parent ON run (parent_uuid) WHERE parent_uuid IS NOT NULL;

CREATE TABLE run_input (
  run_id INTEGER NOT NULL REFERENCES run,
  version_id INTEGER NOT NULL REFERENCES dataset_version,
  PRIMARY KEY (run_id, version_id)
) STRICT, WITHOUT ROWID;

-- The newest of each facet of a run, and of its job as the run told of it.
CREATE TABLE run_facet (
  run_id INTEGER NOT NULL REFERENCES run,
  subject TEXT NOT NULL CHECK (subject IN ('RUN', 'JOB')),
  name TEXT NOT NULL,
  event_time INTEGER NOT NULL,
  content_id INTEGER NOT NULL REFERENCES content,
  PRIMARY KEY (run_id, subject, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT
) STRICT;

-- Tags of things; `told` marks those that a tags facet told of, which the next one replaces.
CREATE TABLE dataset_tag (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  tag TEXT NOT NULL,
  told INTEGER NOT NULL,
  UNIQUE (dataset_id, tag, told)
) STRICT;
CREATE TABLE field_tag (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset,
  field TEXT NOT NULL,
  tag TEXT NOT NULL,
  told INTEGER NOT NULL,
  UNIQUE (dataset_id, field, tag, told)
) STRICT;
CREATE TABLE job_tag (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job,
  tag TEXT NOT NULL,
  told INTEGER NOT NULL,
  UNIQUE (job_id, tag, told)
) STRICT;

-- What every Marquez has from the start.
INSERT INTO tag (name, description) VALUES
  ('PII', 'Personally identifiable information'),
  ('SENSITIVE', 'Contains sensitive information');
