select customer_id from {{ ref('stg_customers') }}
union
select customer_id from {{ ref('stg_orders') }}
