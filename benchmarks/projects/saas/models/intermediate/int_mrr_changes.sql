with compared as (
    select *, lag(mrr, 1, 0) over (partition by account_id order by month) as mrr_before,
           max(mrr) over (partition by account_id order by month rows between unbounded preceding and 1 preceding) as most_before
    from {{ ref('int_account_months') }}
)
select account_id, month, mrr, mrr_before, mrr - mrr_before as change,
       case
           when mrr_before = 0 and mrr > 0 and coalesce(most_before, 0) = 0 then 'new'
           when mrr_before = 0 and mrr > 0 then 'reactivation'
           when mrr_before > 0 and mrr = 0 then 'churn'
           when mrr > mrr_before then 'expansion'
           when mrr < mrr_before then 'contraction'
       end as kind
from compared
