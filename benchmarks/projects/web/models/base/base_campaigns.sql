select id as campaign_id, trim(name) as campaign_name, upper(region) as region, budget, tags from {{ ref('raw_campaigns') }}
