select product_type, is_perishable_supply, count(*) as supplies, sum(supply_cost) as cost
from {{ ref('stg_supplies') }} join {{ ref('stg_products') }} using (product_id)
group by grouping sets ((product_type), (is_perishable_supply), ())
