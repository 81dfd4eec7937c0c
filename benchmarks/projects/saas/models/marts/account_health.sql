with latest as (
    select account_id, mrr, kind from {{ ref('fct_mrr') }} qualify month = max(month) over (partition by account_id)
),
usage as (select account_id, sum(units) as units, count(distinct feature) as features from {{ ref('int_usage_months') }} group by account_id)
select d.account_id, d.account_name, latest.mrr, usage.units, usage.features, r.overdue,
       (case when usage.features >= 2 then 40 else 0 end) + (case when coalesce(r.overdue, 0) = 0 then 30 else 0 end)
           + coalesce(d.mean_satisfaction, 3) * 6 as score
from {{ ref('dim_accounts') }} d
left join latest on latest.account_id = d.account_id
left join usage on usage.account_id = d.account_id
left join {{ ref('receivables') }} r on r.account_id = d.account_id
