"""Lineage of Airflow and dbt from metadata that they already have, as OpenLineage events in Marquez."""

__version__ = "0.1.0"

PRODUCER = f"https://pypi.org/project/clew/{__version__}"
"""What stands as `producer` in every event and as `_producer` in every facet that Clew makes."""
