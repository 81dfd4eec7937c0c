select *,
       lag(event_at) over (partition by visitor_id order by event_at, event_id) as previous_at,
       datediff('minute', lag(event_at) over (partition by visitor_id order by event_at, event_id), event_at) as gap_minutes
from {{ ref('stg_events') }}
