-- Nobody can have paid less than nothing.
select customer_id, revenue
from {{ ref('customer_value') }}
where revenue < 0
