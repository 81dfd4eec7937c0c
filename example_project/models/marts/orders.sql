select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.status,
    coalesce(paid.amount, 0) as amount,
    coalesce(paid.fee, 0) as fee
from {{ ref('stg_orders') }} as orders
left join {{ ref('order_payments') }} as paid on paid.order_id = orders.order_id
