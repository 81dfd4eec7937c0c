select id as return_id, item_id as order_item_id, reason, refund / 100.0 as refund_amount, returned_at from {{ source('raw', 'returns') }}
