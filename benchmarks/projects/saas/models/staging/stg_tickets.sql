select ticket_id, account_id, priority, opened_at, closed_at, satisfaction from {{ source('billing', 'raw_tickets') }}
