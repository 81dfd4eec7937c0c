"""The `dbt-clew` command's own parts: which dbt it runs, with which of the arguments, and how it stands in its place."""
