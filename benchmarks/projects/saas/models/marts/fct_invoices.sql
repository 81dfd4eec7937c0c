select i.*, c.net, c.fee, c.refunded, i.amount_eur - coalesce(c.net, 0) as gap,
       case when i.paid_on is null and i.due_on < date '2026-06-30' then 'overdue' when i.paid_on is null then 'open'
            when i.paid_on > i.due_on then 'late' else 'paid' end as state
from {{ ref('int_invoice_eur') }} i
left join {{ ref('int_charges_net') }} c on c.invoice_id = i.invoice_id
