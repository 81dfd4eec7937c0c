"""Lineage in Airflow's own UI: our pages, served by Airflow's web server to those whom Airflow lets see them.

Only the web server imports what is here (`plugin.py` asks for it by lazy properties).
"""
