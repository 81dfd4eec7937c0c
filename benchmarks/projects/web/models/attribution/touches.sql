select
    c.conversion_id, c.goal, c.value, c.converted_at,
    s.session_id, s.started_at as touched_at, s.channel, s.utm_campaign,
    count(*) over (partition by c.conversion_id) as touches,
    row_number() over (partition by c.conversion_id order by s.started_at) as touch_number
from {{ ref('base_conversions') }} c
join {{ ref('sessions_enriched') }} s on s.visitor_id = c.visitor_id and s.started_at <= c.converted_at
