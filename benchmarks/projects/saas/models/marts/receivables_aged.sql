select account_id, invoice_id, date_diff('day', due_on, date '2026-06-30') as days,
       case width when 0 then 'current' when 1 then '1-30' when 2 then '31-60' else 'older' end as bucket, amount_eur
from (select *, greatest(0, ceil(date_diff('day', due_on, date '2026-06-30') / 30.0))::int as width from {{ ref('fct_invoices') }} where paid_on is null)
