select country, count(*) as n, sum(cents) as cents from {{ ref('orders') }} group by 1
