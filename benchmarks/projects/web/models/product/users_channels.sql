select user_id, unnest(channels) as channel from {{ ref('users') }} where channels is not null
