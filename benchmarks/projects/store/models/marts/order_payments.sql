select o.order_id, o.customer_id, p.* exclude (order_id), o.order_total - coalesce(p.total_amount, 0) as open_amount
from {{ ref('orders') }} o
left join {{ ref('int_order_payments_pivoted') }} p on p.order_id = o.order_id
