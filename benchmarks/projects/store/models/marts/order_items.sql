with order_items as (select * from {{ ref('stg_items') }}),
orders as (select * from {{ ref('stg_orders') }}),
products as (select * from {{ ref('stg_products') }}),
order_supplies_summary as (select product_id, sum(supply_cost) as supply_cost from {{ ref('stg_supplies') }} group by 1)
select
    order_items.*,
    orders.ordered_at,
    products.product_name,
    products.product_price,
    products.is_food_item,
    order_supplies_summary.supply_cost,
    products.product_price - order_supplies_summary.supply_cost as margin
from order_items
left join orders on order_items.order_id = orders.order_id
left join products on order_items.product_id = products.product_id
left join order_supplies_summary on order_items.product_id = order_supplies_summary.product_id
