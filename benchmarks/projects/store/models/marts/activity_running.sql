select *, sum(amount) over (partition by customer_id order by happened_at, kind) as balance,
       first_value(kind) over (partition by customer_id order by happened_at) as first_kind
from {{ ref('activity') }}
