{{ pivot(ref('stg_payments'), key='order_id', column='payment_method', values=['card', 'coupon', 'transfer'], amount='amount') }}
