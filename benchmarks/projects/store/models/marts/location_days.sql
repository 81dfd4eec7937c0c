select l.location_id, l.location_name, d.date_day, coalesce(t.orders, 0) as orders
from {{ ref('stg_locations') }} l
cross join {{ ref('metricflow_time_spine') }} d
left join lateral (
    select count(*) as orders from {{ ref('stg_orders') }} o where o.location_id = l.location_id and o.ordered_on = d.date_day
) t on true
where d.date_day <= date '2026-01-07'
