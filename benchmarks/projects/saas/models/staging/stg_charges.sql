select charge_id, invoice_id, amount as charged, fee, succeeded, charged_at from {{ source('billing', 'raw_charges') }}
