select a.day, a.campaign_id, c.campaign_name, c.region, sum(a.clicks) as clicks, sum(a.impressions) as impressions, sum(a.cost) as cost,
       sum(a.cost) / nullif(sum(a.clicks), 0) as cost_per_click
from {{ ref('stg_ads') }} a left join {{ ref('base_campaigns') }} c on c.campaign_id = a.campaign_id
group by 1, 2, 3, 4
