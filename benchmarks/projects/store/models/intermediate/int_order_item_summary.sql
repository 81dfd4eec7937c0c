select
    order_id,
    sum(supply_cost) as order_cost,
    sum(item_revenue) as order_items_subtotal,
    count(order_item_id) as count_order_items,
    sum(case when is_food_item then 1 else 0 end) as count_food_items,
    sum(case when is_drink_item then quantity else 0 end) as drink_quantity
from {{ ref('int_order_items_enriched') }}
left join {{ ref('int_supply_costs') }} using (product_id)
group by order_id
