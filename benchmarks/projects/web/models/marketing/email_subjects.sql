select subject, count(*) as sent, avg(was_opened::int) as open_rate, min(hours_to_open) as quickest,
       quantile_cont(hours_to_open, 0.5) as median_hours
from {{ ref('emails') }} group by subject order by open_rate desc
