select id as location_id, name as location_name, tax_rate::decimal(6, 4) as tax_rate, opened_at::date as opened_on from {{ source('raw', 'stores') }}
