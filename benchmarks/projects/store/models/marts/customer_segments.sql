select
    customer_id,
    customer_name,
    lifetime_spend,
    case
        when lifetime_spend is null then 'none'
        when lifetime_spend > 60 then 'high'
        when lifetime_spend > 25 then 'middle'
        else 'low'
    end as segment,
    ntile(4) over (order by lifetime_spend) as quartile,
    percent_rank() over (order by lifetime_spend) as spend_rank,
    case when is_member then lifetime_spend * 0.95 else lifetime_spend end as spend_after_discount
from {{ ref('customers') }}
