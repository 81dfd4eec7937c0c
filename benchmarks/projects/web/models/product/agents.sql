select user_agent, case when user_agent ilike '%mobile%' then 'mobile' else 'desktop' end as device, count(*) as sessions, sum(seconds) as seconds
from {{ ref('sessions') }} group by 1, 2
