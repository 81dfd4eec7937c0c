select customer_id from {{ ref('stg_customers') }} where is_member
except
select customer_id from {{ ref('stg_orders') }}
