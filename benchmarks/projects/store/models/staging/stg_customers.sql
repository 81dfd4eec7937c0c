with source as (

    select * from {{ source('raw', 'customers') }}

),

renamed as (

    select
        id as customer_id,
        name as customer_name,
        split_part(name, ' ', 1) as first_name,
        lower(email) as email,
        {{ dbt.split_part('email', "'@'", 2) }} as email_domain,
        signed_up_on,
        is_member

    from source

)

select * from renamed
