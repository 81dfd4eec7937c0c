select m.month, s.subscription_id, s.account_id, s.plan_id, s.mrr, s.seats
from {{ ref('int_subscription_prices') }} s
join {{ ref('months') }} m on s.started_on < m.next_month and (s.ended_on is null or s.ended_on >= m.next_month)
