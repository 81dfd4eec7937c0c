with mrr as (select month, sum(mrr) as mrr from {{ ref('fct_mrr') }} group by month),
cash as (select date_trunc('month', charged_at)::date as month, sum(charged) as cash from {{ ref('stg_charges') }} where succeeded group by 1)
select month, mrr, cash, mrr * 12 as arr, 100.0 * (mrr - lag(mrr) over (order by month)) / nullif(lag(mrr) over (order by month), 0) as growth_percent
from mrr left join cash using (month) order by month
