{{ first_of_each(
    ref('stg_orders'), key='customer_id', order_by='ordered_at, order_id',
    columns='customer_id, order_id as first_order_id, ordered_at as first_ordered_at, order_total as first_order_total'
) }}
