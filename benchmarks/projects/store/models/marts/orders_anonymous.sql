{%- set coarser = {'ordered_on': "date_trunc('month', ordered_on)", 'order_total': 'round(order_total)'} -%}
select {{ star(ref('stg_orders'), except=['customer_id', 'subtotal_cents', 'tax_paid_cents'], replace=coarser) }},
       md5(customer_id::varchar) as customer_hash
from {{ ref('stg_orders') }}
