select day, campaign_id, 'search' as channel, clicks, impressions, cost_micros / 1000000.0 as cost from {{ ref('raw_ads_search') }}
