select * from (select order_id, payment_method, amount from {{ ref('stg_payments') }})
pivot (sum(amount) for payment_method in ('card', 'coupon', 'transfer'))
