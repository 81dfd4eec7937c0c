select i.order_id, i.order_item_id, r.reason, r.refund_amount,
       {{ dbt.datediff('o.ordered_at', 'r.returned_at', 'day') }} as days_to_return
from {{ ref('stg_returns') }} r
join {{ ref('stg_items') }} i using (order_item_id)
join {{ ref('stg_orders') }} o on o.order_id = i.order_id
