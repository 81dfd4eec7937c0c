select month, kind, sum(change) as change, count(distinct account_id) as accounts from {{ ref('fct_mrr') }} where kind is not null group by all
