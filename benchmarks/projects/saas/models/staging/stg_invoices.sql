select invoice_id, account_id, currency, issued_on, due_on, paid_on, status = 'void' as is_void from {{ source('billing', 'raw_invoices') }}
