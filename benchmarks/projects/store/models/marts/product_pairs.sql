select a.product_id as product, b.product_id as bought_with, count(*) as times
from {{ ref('stg_items') }} a
join {{ ref('stg_items') }} b on a.order_id = b.order_id and a.product_id < b.product_id
group by 1, 2
