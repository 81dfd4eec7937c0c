{{ config(severity='warn', enabled=var('strict', false)) }}
select * from {{ ref('summary') }}
