select o.order_id, o.subtotal, l.tax_rate, round(o.subtotal * l.tax_rate, 2) as expected_tax,
       abs(o.tax_paid - round(o.subtotal * l.tax_rate, 2)) < 0.02 as is_right
from {{ ref('orders') }} o, {{ ref('locations') }} l
where o.location_id = l.location_id
