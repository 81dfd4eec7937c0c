select month, sum(least(mrr, mrr_before)) / nullif(sum(mrr_before), 0) as gross_retention,
       sum(case when mrr_before > 0 then mrr end) / nullif(sum(mrr_before), 0) as net_retention
from {{ ref('fct_mrr') }} group by month
