select p.*, s.supply_cost, s.has_perishable, round(p.product_price - s.supply_cost, 2) as unit_margin
from {{ ref('stg_products') }} p left join {{ ref('int_supply_costs') }} s using (product_id)
