select from_path, to_path, count(*) as times, count(*) * 1.0 / sum(count(*)) over (partition by from_path) as share
from {{ ref('page_flow') }} group by 1, 2
