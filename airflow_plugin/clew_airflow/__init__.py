"""Airflow → events: the OpenLineage provider's extractors, with our transport and what the provider leaves out.

policy.py       found by Airflow in every process; points the provider at our transport
configure.py    which environment variables that takes, as a function of what is configured
transport.py    the transport: masks, completes, appends to the outbox
control.py      which DAGs are collected
long_texts.py   what is too long to be sent
masking.py      what is secret in an event
redact.py       what people do not want to leave, beside secrets
complete/       what the provider leaves out of an event, as facets
assets.py       datasets for all assets, whether or not the provider knows their scheme
facets.py       what only the task's own process knows, read by
                arguments.py, task_assets.py, source_code.py, images.py
watched.py      what a task's own code reads and writes, told with its END
hook_lineage.py what hooks report to Airflow, each try's by itself
hook_sql.py     SQL of hooks and SQL operators: datasets of the task, and the user's database asked once
asking.py       the database of a SQL operator, asked over one connection
parent.py       the run of a task, for programs that the task starts
plugin.py       found by Airflow's plugin loading; lets DAG events carry params
dag_ends.py     how the tasks of a DAG run fared, told with its end
provider.py     the provider, completed once in the process that forks tasks
emission.py     the provider, spared what it does for each event and our transport does again
rehearsal.py    an event of no task, for what each task would work out anew
openlineage_airflow.py
                the package that listens below Airflow 2.8, completed
secret_texts.py secrets that are known by how they are written, or stand in the environment
diagnosis.py    what this Airflow says of itself to `clew doctor`
history/        the past, read from outside through the REST API: `clew sync airflow`
compat.py       what moved between versions of Airflow and of the provider
"""
