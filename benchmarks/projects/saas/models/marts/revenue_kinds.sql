select kind, gl_code, grouping(kind) as is_total, sum(amount) as amount from {{ ref('stg_invoice_lines') }} group by rollup (kind, gl_code)
