select customer_id, order_id as first_order_id, ordered_at as first_ordered_at, order_total as first_order_total
from {{ ref('stg_orders') }}
qualify row_number() over (partition by customer_id order by ordered_at, order_id) = 1
