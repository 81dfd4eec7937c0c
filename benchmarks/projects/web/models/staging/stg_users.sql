select * from {{ ref('base_users') }} where not is_internal
