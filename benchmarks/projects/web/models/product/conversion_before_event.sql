select e.event_id, e.visitor_id, e.event_at, c.conversion_id, c.value as last_value
from {{ ref('stg_events') }} e asof left join {{ ref('base_conversions') }} c on c.visitor_id = e.visitor_id and c.converted_at <= e.event_at
