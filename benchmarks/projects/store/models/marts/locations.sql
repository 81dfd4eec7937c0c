select l.*, count(o.order_id) as orders, coalesce(sum(o.order_total), 0) as revenue, max(o.ordered_on) as last_order_on
from {{ ref('stg_locations') }} l left join {{ ref('stg_orders') }} o using (location_id)
group by l.location_id, l.location_name, l.tax_rate, l.opened_on
