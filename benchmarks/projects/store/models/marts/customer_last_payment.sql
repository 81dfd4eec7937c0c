select distinct on (o.customer_id) o.customer_id, p.payment_method, p.amount, p.paid_at
from {{ ref('stg_payments') }} p join {{ ref('stg_orders') }} o using (order_id)
order by o.customer_id, p.paid_at desc, p.payment_id
