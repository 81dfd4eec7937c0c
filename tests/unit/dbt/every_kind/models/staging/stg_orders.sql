{{ config(materialized='view', tags=['staging']) }}
select order_id, country, ordered_at, {{ in_cents('amount') }} as cents from {{ source('raw', 'orders') }}
