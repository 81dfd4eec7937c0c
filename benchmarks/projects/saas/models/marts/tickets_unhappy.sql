select t.* from {{ ref('tickets') }} t where t.account_id in (select account_id from {{ ref('dim_accounts') }} where mean_satisfaction < 4)
