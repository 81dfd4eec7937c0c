with orders as (select * from {{ ref('stg_orders') }}),
order_items_summary as (select * from {{ ref('int_order_item_summary') }}),
compute_booleans as (
    select
        orders.*,
        order_items_summary.order_cost,
        order_items_summary.order_items_subtotal,
        order_items_summary.count_food_items,
        order_items_summary.drink_quantity,
        order_items_summary.count_order_items,
        order_items_summary.count_food_items > 0 as is_food_order,
        order_items_summary.drink_quantity > 0 as is_drink_order
    from orders
    left join order_items_summary on orders.order_id = order_items_summary.order_id
),
customer_order_count as (
    select
        *,
        row_number() over (partition by customer_id order by ordered_at asc) as customer_order_number
    from compute_booleans
)
select * from customer_order_count
