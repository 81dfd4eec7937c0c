"""What happened in an invocation of dbt, told as OpenLineage events: the narrator, and what it says of jobs, runs and datasets."""
