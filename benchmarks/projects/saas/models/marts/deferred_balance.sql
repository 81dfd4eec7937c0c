select month, sum(recognised) as recognised, sum(sum(recognised)) over (order by month) as recognised_so_far from {{ ref('deferred_revenue') }} group by month
