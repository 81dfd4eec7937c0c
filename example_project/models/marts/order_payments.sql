{{ config(materialized='ephemeral') }}

select
    payments.order_id,
    sum(payments.amount) as amount,
    sum(payments.amount * methods.fee_percent / 100) as fee
from {{ ref('stg_payments') }} as payments
left join {{ ref('payment_methods') }} as methods on methods.method = payments.method
group by payments.order_id
