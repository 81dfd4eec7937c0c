select * from {{ ref('base_ads_search') }} union all select * from {{ ref('base_ads_social') }}
