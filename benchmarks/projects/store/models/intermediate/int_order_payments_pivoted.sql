{%- set methods = ['card', 'coupon', 'transfer'] -%}
with payments as (select * from {{ ref('stg_payments') }})
select
    order_id,
    {% for m in methods -%}
    sum(case when payment_method = '{{ m }}' then amount else 0 end) as {{ m }}_amount,
    {% endfor -%}
    sum(amount) as total_amount,
    count(*) as payment_count
from payments
group by order_id
