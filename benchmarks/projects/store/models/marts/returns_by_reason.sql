select reason, count(*) as returns, sum(refund_amount) as refunds, avg(days_to_return) as mean_days,
       count(*) filter (where refund_amount > 5) as large_returns
from {{ ref('int_item_returns') }}
group by reason
having count(*) > 0
