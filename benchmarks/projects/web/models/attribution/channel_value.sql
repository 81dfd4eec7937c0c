select channel, model, sum(attributed) as value, count(distinct conversion_id) as conversions
from {{ ref('attribution_long') }} group by all
