select u.user_id, u.email from {{ ref('stg_users') }} u
anti join {{ ref('visitor_stitching') }} v on v.user_id = u.user_id
