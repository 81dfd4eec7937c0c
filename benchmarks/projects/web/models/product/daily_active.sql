select cast(event_at as date) as day, count(distinct visitor_id) as visitors, approx_count_distinct(user_id) as users, count(*) as events
from {{ ref('stg_events') }} group by cast(event_at as date)
