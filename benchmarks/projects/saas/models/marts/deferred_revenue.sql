select l.line_id, m.month, l.amount / 3 as recognised
from {{ ref('stg_invoice_lines') }} l
join {{ ref('stg_invoices') }} i on i.invoice_id = l.invoice_id
join {{ ref('months') }} m on m.month >= date_trunc('month', i.issued_on) and m.month < date_trunc('month', i.issued_on) + interval 3 month
where l.kind = 'recurring'
