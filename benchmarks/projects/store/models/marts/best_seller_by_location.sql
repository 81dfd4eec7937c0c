select location_id, location_name, product_id, quantity
from (
    select l.location_id, l.location_name, i.product_id, sum(i.quantity) as quantity,
           rank() over (partition by l.location_id order by sum(i.quantity) desc, i.product_id) as place
    from {{ ref('stg_items') }} i
    join {{ ref('stg_orders') }} o using (order_id)
    join {{ ref('stg_locations') }} l using (location_id)
    group by l.location_id, l.location_name, i.product_id
) as placed
where place = 1
