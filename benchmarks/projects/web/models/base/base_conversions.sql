select id as conversion_id, visitor as visitor_id, converted_at::timestamp as converted_at, goal, value from {{ ref('raw_conversions') }}
