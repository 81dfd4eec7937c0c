select i.invoice_id, i.account_id, i.issued_on, i.due_on, i.paid_on, i.currency, i.amount,
       {{ to_eur('i.amount', 'r.rate') }} as amount_eur, {{ to_eur('i.recurring_amount', 'r.rate') }} as recurring_eur
from {{ ref('int_invoice_amounts') }} i
left join {{ ref('stg_rates') }} r on r.currency = i.currency and r.month = date_trunc('month', i.issued_on)
