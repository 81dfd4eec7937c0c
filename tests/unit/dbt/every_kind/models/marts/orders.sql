{{ config(post_hook="select count(*) from {{ this }}") }}
select o.order_id, o.country, o.ordered_at, o.cents, p.paid_at, c.name as country_name
from {{ ref('stg_orders') }} o
left join {{ ref('paid') }} p using (order_id)
left join {{ ref('countries') }} c using (country)
