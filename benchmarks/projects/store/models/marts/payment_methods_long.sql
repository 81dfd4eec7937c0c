{{ unpivot(
    ref('int_order_payments_pivoted'), keep=['order_id', 'total_amount', 'payment_count'],
    columns=['card_amount', 'coupon_amount', 'transfer_amount'], name='method', value='amount'
) }}
