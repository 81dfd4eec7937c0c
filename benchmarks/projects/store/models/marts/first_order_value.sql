select c.customer_id, c.customer_name, f.first_order_total,
       (select avg(first_order_total) from {{ ref('int_customer_first_orders') }}) as mean_first_order,
       f.first_order_total / nullif(c.lifetime_spend, 0) as share_of_lifetime
from {{ ref('customers') }} c left join {{ ref('int_customer_first_orders') }} f using (customer_id)
