select account_id, score, dense_rank() over (order by score desc) as place, score - avg(score) over () as above_mean,
       cume_dist() over (order by score) as quantile
from {{ ref('account_health') }}
