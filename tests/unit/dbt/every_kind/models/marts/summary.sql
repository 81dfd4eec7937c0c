{{ config(materialized='view') }}
select * from {{ ref('customers') }} union all select country, n, 0 from {{ ref('customers', v=1) }}
