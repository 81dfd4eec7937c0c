{{ config(store_failures=true, warn_if='>0', error_if='>10', schema='audit') }}
select * from {{ ref('orders') }} where cents < 0
