select _source, count(*) as days, sum(cost) as cost from {{ ref('stg_ads_with_origin') }} group by 1
