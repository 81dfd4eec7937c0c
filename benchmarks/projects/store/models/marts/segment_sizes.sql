select segment, count(*) as customers, avg(lifetime_spend) as mean_spend, percentile_cont(0.5) within group (order by lifetime_spend) as median_spend,
       string_agg(customer_name, ', ' order by customer_id) as members
from {{ ref('customer_segments') }}
group by segment
