select o.order_id, o.customer_id, {{ star(ref('int_order_payments_pivoted'), except=['order_id'], alias='p') }}, o.order_total - coalesce(p.total_amount, 0) as open_amount
from {{ ref('orders') }} o
left join {{ ref('int_order_payments_pivoted') }} p on p.order_id = o.order_id
