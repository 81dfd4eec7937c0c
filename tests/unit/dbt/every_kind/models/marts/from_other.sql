{{ config(materialized='view') }}
select day, (select count(*) from {{ ref('upstream', 'budget') }}) as n from {{ ref('shared', 'days') }}
