{{ config(materialized='view') }}
select day, '{{ shared_label() }}' as label from {{ ref('calendar') }}
