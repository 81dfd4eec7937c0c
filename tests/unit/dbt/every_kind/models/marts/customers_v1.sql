select country, count(*) as n from {{ ref('orders') }} group by 1
