with recursive calendar(day) as (
    select min(day) from {{ ref('daily_active') }}
    union all
    select day + 1 from calendar where day < (select max(day) from {{ ref('daily_active') }})
)
select c.day, coalesce(d.visitors, 0) as visitors, coalesce(d.events, 0) as events
from calendar c left join {{ ref('daily_active') }} d on d.day = c.day
