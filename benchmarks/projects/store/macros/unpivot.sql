{# A row for each of some columns; the columns to keep are named for databases without UNPIVOT. #}
{% macro unpivot(relation, keep, columns, name, value) %}{{ adapter.dispatch('unpivot')(relation, keep, columns, name, value) }}{% endmacro %}

{% macro default__unpivot(relation, keep, columns, name, value) -%}
{%- for column in columns %}
select {{ keep | join(', ') }}, '{{ column }}' as {{ name }}, {{ column }} as {{ value }} from {{ relation }} where {{ column }} is not null
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{% macro duckdb__unpivot(relation, keep, columns, name, value) -%}
unpivot {{ relation }} on {{ columns | join(', ') }} into name {{ name }} value {{ value }}
{%- endmacro %}
