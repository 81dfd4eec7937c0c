{% snapshot subscription_history %}
{{ config(unique_key='subscription_id', strategy='timestamp', updated_at='updated_at', target_schema='snapshots') }}
select * from {{ ref('stg_subscriptions') }}
{% endsnapshot %}
