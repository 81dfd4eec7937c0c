select a.account_id, m.month, coalesce(sum(s.mrr), 0) as mrr, coalesce(sum(s.seats), 0) as seats
from {{ ref('stg_accounts') }} a
cross join {{ ref('months') }} m
left join {{ ref('int_subscription_months') }} s on s.account_id = a.account_id and s.month = m.month
group by a.account_id, m.month
