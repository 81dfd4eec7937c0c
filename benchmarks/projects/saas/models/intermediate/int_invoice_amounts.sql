select i.*, l.lines, l.amount, l.recurring_amount
from {{ ref('stg_invoices') }} i
left join (
    select invoice_id, count(*) as lines, sum(amount) as amount, sum(amount) filter (where kind = 'recurring') as recurring_amount
    from {{ ref('stg_invoice_lines') }} group by invoice_id
) l using (invoice_id)
where not i.is_void
