select {{ star(ref('stg_orders'), except=['rn']) }}
from (
    select *, row_number() over (partition by order_id order by ordered_at desc) as rn
    from {{ ref('stg_orders') }}
) as numbered
where rn = 1
