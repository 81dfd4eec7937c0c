pivot {{ ref('stg_ads') }} on channel in ('search', 'social') using sum(cost) as cost, sum(clicks) as clicks group by day
