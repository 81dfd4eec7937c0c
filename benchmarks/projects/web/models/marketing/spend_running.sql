select day, channel, cost, sum(cost) over (partition by channel order by day) as cost_so_far,
       cost - avg(cost) over (partition by channel) as above_mean,
       rank() over (partition by channel order by cost desc) as dearest
from (select day, channel, sum(cost) as cost from {{ ref('stg_ads') }} group by day, channel)
