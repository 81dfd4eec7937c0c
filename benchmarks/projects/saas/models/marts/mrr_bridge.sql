select * from (select month, kind, change from {{ ref('mrr_movements') }})
pivot (sum(change) as mrr for kind in ('new', 'expansion', 'contraction', 'churn', 'reactivation'))
