{% snapshot orders_snapshot %}
{{ config(unique_key='order_id', strategy='check', check_cols=['status'], target_schema='snapshots') }}
select order_id, customer_id, status, ordered_at from {{ ref('stg_orders') }}
{% endsnapshot %}
