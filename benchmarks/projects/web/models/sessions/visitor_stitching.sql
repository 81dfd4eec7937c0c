select visitor_id, arg_max(user_id, event_at) as user_id, min(event_at) as first_seen_at, max(event_at) as last_seen_at
from {{ ref('stg_events') }} group by 1
