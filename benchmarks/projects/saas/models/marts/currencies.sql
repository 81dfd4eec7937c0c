select currency, min(rate) as lowest, max(rate) as highest, arg_max(rate, month) as latest from {{ ref('stg_rates') }} group by currency
