{{ config(materialized='ephemeral') }}
select order_id, paid_at from {{ source('raw', 'payments') }}
