{{ union_relations([ref('base_ads_search'), ref('base_ads_social')], ['day', 'campaign_id', 'clicks', 'cost']) }}
