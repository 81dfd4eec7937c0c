select tag, sum(cost) as cost, sum(cost) / sum(sum(cost)) over () as share from {{ ref('campaign_tags') }} join {{ ref('campaigns') }} using (campaign_id) group by tag
