select order_id, status, dbt_valid_from from {{ ref('orders_snapshot') }} where dbt_valid_to is null
