select page_host, page_path, count(*) as views, count(distinct visitor_id) as visitors, avg(scroll) as mean_scroll,
       mode(button) as commonest_button
from {{ ref('stg_page_views') }} group by page_host, page_path
