unpivot {{ ref('int_order_payments_pivoted') }} on card_amount, coupon_amount, transfer_amount into name method value amount
