select
    date_day,
    revenue,
    sum(revenue) over (order by date_day rows between 6 preceding and current row) as revenue_7d,
    lag(revenue) over (order by date_day) as revenue_before,
    revenue - lag(revenue, 1, 0) over (order by date_day) as change,
    avg(revenue) over w as mean_so_far
from {{ ref('daily_revenue') }}
window w as (order by date_day)
