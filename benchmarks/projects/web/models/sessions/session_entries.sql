select distinct session_id,
       first_value(page_path) over w as entry_path,
       first_value(utm_source) over w as utm_source,
       first_value(utm_campaign) over w as utm_campaign,
       first_value(referrer_host) over w as referrer_host,
       last_value(page_path) over w as exit_path
from {{ ref('events_sessionised') }}
window w as (partition by session_id order by event_at, event_id rows between unbounded preceding and unbounded following)
