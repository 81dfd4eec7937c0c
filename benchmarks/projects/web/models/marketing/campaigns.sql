with spend as (select campaign_id, sum(cost) as cost, sum(clicks) as clicks from {{ ref('campaign_days') }} group by 1),
value as (select utm_campaign as campaign_id, sum(linear_value) as value from {{ ref('attribution') }} where utm_campaign is not null group by 1)
select c.*, spend.cost, spend.clicks, coalesce(value.value, 0) as value, value.value / spend.cost as roas, spend.cost > c.budget as is_over_budget
from {{ ref('base_campaigns') }} c
left join spend using (campaign_id)
left join value using (campaign_id)
