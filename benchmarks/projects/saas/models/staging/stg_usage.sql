select account_id, used_on, feature, units from {{ source('billing', 'raw_usage') }} where units > 0
