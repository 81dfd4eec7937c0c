{%- set revenue %}select 'revenue' as line, sum(order_total) as amount from {{ ref('orders') }}{% endset -%}
{%- set refunds %}select sum(-refund_amount) as amount, 'refunds' as line from {{ ref('stg_returns') }}{% endset -%}
{%- set cost %}select 'cost' as line, -sum(order_cost) as amount from {{ ref('orders') }}{% endset -%}
{{ union_by_name(['line', 'amount'], [revenue, refunds, cost]) }}
