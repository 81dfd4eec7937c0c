select account_id from {{ ref('stg_subscriptions') }} intersect select account_id from {{ ref('stg_usage') }} intersect select account_id from {{ ref('stg_tickets') }}
