select id as payment_id, order_id, payment_method, {{ cents('amount') }} as amount, paid_at from {{ source('raw', 'payments') }}
