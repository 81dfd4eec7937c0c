from {{ ref('stg_users') }} u semi join {{ ref('visitor_stitching') }} v on v.user_id = u.user_id select u.user_id, u.plan, u.created_at
