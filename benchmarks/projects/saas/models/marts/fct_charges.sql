{{ config(materialized='incremental', unique_key='charge_id') }}
with net as (select * from {{ ref('int_charges_net') }})
select net.*, i.account_id, net.net / nullif(net.charged, 0) as kept_share from net natural join (select invoice_id, account_id from {{ ref('stg_invoices') }}) i
{% if is_incremental() %} where charge_id > (select max(charge_id) from {{ this }}) {% endif %}
