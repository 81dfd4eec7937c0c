select customer_id, customer_name from {{ ref('stg_customers') }} c
where not exists (
    select 1 from {{ ref('int_item_returns') }} r join {{ ref('stg_orders') }} o on o.order_id = r.order_id
    where o.customer_id = c.customer_id
)
