{{ config(materialized='ephemeral') }}
select
    order_items.*,
    products.product_name, products.product_price, products.is_food_item, products.is_drink_item,
    products.product_price * order_items.quantity as item_revenue
from {{ ref('stg_items') }} as order_items
left join {{ ref('stg_products') }} as products on order_items.product_id = products.product_id
