select e.* exclude (page_url, properties),
       {{ url_host('page_url') }} as page_host,
       regexp_extract(page_url, '^https?://[^/]+(/[^?]*)', 1) as page_path,
       {{ url_parameter('page_url', 'utm_source') }} as utm_source,
       {{ url_parameter('page_url', 'utm_campaign') }} as utm_campaign,
       {{ url_host('referrer') }} as referrer_host,
       json_extract_string(properties, '$.button') as button,
       (properties ->> 'scroll')::double as scroll
from {{ ref('base_events') }} as e
