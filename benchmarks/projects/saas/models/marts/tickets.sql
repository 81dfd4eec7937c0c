select ticket_id, account_id, priority, extract('hour' from (closed_at - opened_at)) as hours_open, closed_at is null as is_open,
       avg(satisfaction) over (partition by account_id order by opened_at rows between 2 preceding and current row) as satisfaction_3
from {{ ref('stg_tickets') }}
