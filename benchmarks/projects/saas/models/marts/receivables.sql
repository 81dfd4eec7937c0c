select account_id,
       sum(case when state = 'overdue' then amount_eur else 0 end) as overdue,
       sum(case when state in ('open', 'overdue') then amount_eur else 0 end) as outstanding,
       max(due_on) filter (where state = 'overdue') as last_due
from {{ ref('fct_invoices') }} group by account_id having sum(amount_eur) > 0
