def model(dbt, session):
    dbt.config(materialized="table")
    orders = dbt.ref("orders")
    return orders.project("order_id, cents / 100 as score")
