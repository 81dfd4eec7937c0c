select currency, month, rate from {{ source('billing', 'raw_rates') }}
