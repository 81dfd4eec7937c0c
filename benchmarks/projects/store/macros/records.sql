{# Several values as one: a struct, or a JSON object. #}
{% macro record(fields) %}{{ adapter.dispatch('record')(fields) }}{% endmacro %}
{% macro field(record, name) %}{{ adapter.dispatch('field')(record, name) }}{% endmacro %}
{% macro json_list(record, order_by) %}{{ adapter.dispatch('json_list')(record, order_by) }}{% endmacro %}

{% macro default__record(fields) -%}
jsonb_build_object({% for name, value in fields.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
{% macro default__field(record, name) %}{{ record }} ->> '{{ name }}'{% endmacro %}
{% macro default__json_list(record, order_by) %}jsonb_agg({{ record }} order by {{ order_by }}){% endmacro %}

{% macro duckdb__record(fields) -%}
{ {%- for name, value in fields.items() %}'{{ name }}': {{ value }}{{ ', ' if not loop.last }}{% endfor -%} }
{%- endmacro %}
{% macro duckdb__field(record, name) %}{{ record }}.{{ name }}{% endmacro %}
{% macro duckdb__json_list(record, order_by) %}to_json(list({{ record }} order by {{ order_by }})){% endmacro %}
