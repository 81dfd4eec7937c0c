select line_id, invoice_id, kind, gl_code, quantity, unit_price, quantity * unit_price as amount from {{ source('billing', 'raw_invoice_lines') }}
