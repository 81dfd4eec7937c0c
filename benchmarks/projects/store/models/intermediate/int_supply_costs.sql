{{ config(materialized='ephemeral') }}
select product_id, sum(supply_cost) as supply_cost, bool_or(is_perishable_supply) as has_perishable
from {{ ref('stg_supplies') }}
group by 1
