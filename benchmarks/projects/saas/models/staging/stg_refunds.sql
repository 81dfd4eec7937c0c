select refund_id, charge_id, amount as refunded, reason from {{ source('billing', 'raw_refunds') }}
