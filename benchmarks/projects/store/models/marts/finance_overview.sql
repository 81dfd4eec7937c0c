select 'revenue' as line, sum(order_total) as amount from {{ ref('orders') }}
union all by name
select sum(-refund_amount) as amount, 'refunds' as line from {{ ref('stg_returns') }}
union all by name
select 'cost' as line, -sum(order_cost) as amount from {{ ref('orders') }}
