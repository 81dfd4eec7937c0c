select s.account_id, f.feature, u.units, u.units is not null as is_used
from {{ ref('stg_subscriptions') }} s
join {{ ref('int_plan_features') }} f on f.plan_id = s.plan_id
left join (select account_id, feature, sum(units) as units from {{ ref('stg_usage') }} group by all) u
    on u.account_id = s.account_id and u.feature = f.feature
