select date as day, adset as campaign_id, 'social' as channel, link_clicks as clicks, views as impressions, spend as cost from {{ ref('raw_ads_social') }}
