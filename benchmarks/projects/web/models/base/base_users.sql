select id as user_id, email, country, created_at::timestamp as created_at, plan, case when email like '%@clew.example' then true else false end as is_internal
from {{ ref('raw_users') }}
