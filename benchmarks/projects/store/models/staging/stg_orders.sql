with source as (
    select * from {{ source('raw', 'orders') }}
),
renamed as (
    select
        id as order_id,
        store_id as location_id,
        customer as customer_id,
        subtotal as subtotal_cents,
        tax_paid as tax_paid_cents,
        {{ cents('subtotal') }} as subtotal,
        {{ cents('tax_paid') }} as tax_paid,
        {{ cents('subtotal + tax_paid') }} as order_total,
        status,
        date_trunc('day', ordered_at) as ordered_on,
        ordered_at
    from source
)
select * from renamed
