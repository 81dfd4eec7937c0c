select industry, month, sum(mrr) as mrr, sum(sum(mrr)) over (partition by industry order by month) as mrr_so_far from {{ ref('fct_mrr') }} group by industry, month
