select t.path, t.depth, sum(l.amount) as amount, count(distinct l.invoice_id) as invoices
from {{ ref('stg_invoice_lines') }} l join {{ ref('int_gl_tree') }} t on t.gl_code = l.gl_code
group by t.path, t.depth
