select s.*, p.plan_name, p.interval_months,
       p.monthly_price * s.seats as list_mrr,
       p.monthly_price * s.seats * (1 - s.discount_percent / 100.0) as mrr
from {{ ref('stg_subscriptions') }} s join {{ ref('stg_plans') }} p on p.plan_id = s.plan_id
