select u.user_id, u.email, u.plan, c.country_name, c.country_region, s.sessions, s.last_session_at, s.channels
from {{ ref('stg_users') }} u
left join {{ ref('base_countries') }} c using (country)
left join (
    select blended_user_id, count(*) as sessions, max(started_at) as last_session_at, list(distinct channel order by channel) as channels
    from {{ ref('sessions_stitched') }} group by blended_user_id
) s on s.blended_user_id = u.user_id::varchar
