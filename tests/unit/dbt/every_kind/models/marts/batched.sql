{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ordered_at', batch_size='day', begin='2026-01-01', lookback=1) }}
select order_id, ordered_at, case when ordered_at >= timestamp '2026-01-02' then cast('{{ var("poison", "1") }}' as integer) else 1 end as n from {{ ref('orders') }}
