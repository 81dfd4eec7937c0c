{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='day') }}
select date_trunc('day', ordered_at) as day, count(*) as orders from {{ ref('orders') }}
{% if is_incremental() %} where ordered_at > (select max(day) from {{ this }}) {% endif %}
group by 1
