select coalesce(i.month, c.month) as month, i.invoiced, c.charged
from (select date_trunc('month', issued_on) as month, sum(amount_eur) as invoiced from {{ ref('int_invoice_eur') }} group by 1) i
full outer join (select date_trunc('month', charged_at) as month, sum(charged) as charged from {{ ref('stg_charges') }} group by 1) c on c.month = i.month
