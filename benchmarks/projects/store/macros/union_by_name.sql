{# Queries one after the other, whatever the order of their columns. #}
{% macro union_by_name(columns, queries) %}{{ adapter.dispatch('union_by_name')(columns, queries) }}{% endmacro %}

{% macro default__union_by_name(columns, queries) -%}
{%- for query in queries %}
select {{ columns | join(', ') }} from ({{ query }}) as part_{{ loop.index }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{% macro duckdb__union_by_name(columns, queries) %}{{ queries | join('\nunion all by name\n') }}{% endmacro %}
