select plan_id, unnest(string_split(features, '|')) as feature from {{ ref('stg_plans') }}
