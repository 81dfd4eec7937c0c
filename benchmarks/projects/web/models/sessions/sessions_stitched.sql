select sessions.*, coalesce(stitching.user_id::varchar, sessions.visitor_id) as blended_user_id
from {{ ref('sessions_enriched') }} as sessions
left join {{ ref('visitor_stitching') }} as stitching using (visitor_id)
