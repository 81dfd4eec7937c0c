select * rename (sent as sent_at, opened as opened_at) from {{ ref('raw_emails') }}
