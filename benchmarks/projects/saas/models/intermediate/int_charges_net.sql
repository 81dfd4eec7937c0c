{{ config(materialized='ephemeral') }}
select c.charge_id, c.invoice_id, c.charged, c.fee, coalesce(r.refunded, 0) as refunded, c.charged - c.fee - coalesce(r.refunded, 0) as net
from {{ ref('stg_charges') }} c left join (select charge_id, sum(refunded) as refunded from {{ ref('stg_refunds') }} group by 1) r on c.charge_id = r.charge_id
where c.succeeded
