select 'order' as kind, order_id as id, customer_id, ordered_at as happened_at, order_total as amount from {{ ref('stg_orders') }}
union all
select 'payment', p.payment_id, o.customer_id, p.paid_at, p.amount from {{ ref('stg_payments') }} p join {{ ref('stg_orders') }} o using (order_id)
union all
select 'return', r.return_id, o.customer_id, r.returned_at, -r.refund_amount
from {{ ref('stg_returns') }} r
join {{ ref('stg_items') }} i on i.order_item_id = r.order_item_id
join {{ ref('stg_orders') }} o on o.order_id = i.order_id
