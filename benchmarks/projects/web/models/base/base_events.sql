select
    event_id,
    event_type,
    event_at::timestamp as event_at,
    visitor as visitor_id,
    account as user_id,
    page_url,
    referrer,
    agent as user_agent,
    properties::json as properties
from {{ ref('raw_events') }}
