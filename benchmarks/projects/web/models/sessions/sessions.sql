select
    session_id,
    visitor_id,
    session_index,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    count(*) as events,
    count(*) filter (where event_type = 'page_view') as page_views,
    max(scroll) as deepest_scroll,
    any_value(user_agent) as user_agent,
    datediff('second', min(event_at), max(event_at)) as seconds
from {{ ref('events_sessionised') }}
group by session_id, visitor_id, session_index
