select code as country, name as country_name, region as country_region, population from {{ ref('raw_countries') }}
