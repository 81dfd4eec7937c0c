select * exclude (customer_id, subtotal_cents, tax_paid_cents) replace (date_trunc('month', ordered_on) as ordered_on, round(order_total) as order_total),
       md5(customer_id::varchar) as customer_hash
from {{ ref('stg_orders') }}
