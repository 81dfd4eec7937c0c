"""The past of an Airflow, read from outside through its REST API → events. Nothing here imports Airflow, so it runs anywhere.

rest.py         requests: who asks, how often, and what an answer means that is no answer
shapes.py       what is read of the answers, in the shape of Airflow 3
lift.py         answers of Airflow 2 brought into that shape
read.py         pages of DAG runs with their task tries, oldest first; DAGs, tasks, assets
datasets.py     what a task read and wrote, as far as the metadata tells: assets, SQL
states.py       Airflow's states → types of events
events.py       DAG runs and task tries → events with the ids of the live path
there.py        what the backend has already
missing.py      which events of a DAG run the backend has not got
journey.py      how far a sync is, kept in a file
sync.py         one pass: read, tell what is missing, remember how far it went
compare.py      runs of Airflow beside those of the backend
"""
