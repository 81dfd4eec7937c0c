select page_path as from_path, lead(page_path) over (partition by session_id order by event_at, event_id) as to_path, session_id
from {{ ref('events_sessionised') }}
qualify to_path is not null
