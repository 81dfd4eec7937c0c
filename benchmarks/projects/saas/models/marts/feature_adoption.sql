select u.feature, u.month, sum(u.units) as units, count(distinct u.account_id) as accounts,
       count(distinct u.account_id) * 1.0 / (select count(*) from {{ ref('stg_accounts') }}) as share
from {{ ref('int_usage_months') }} u group by u.feature, u.month
