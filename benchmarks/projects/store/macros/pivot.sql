{# A column for each value of another column. #}
{% macro pivot(relation, key, column, values, amount) %}{{ adapter.dispatch('pivot')(relation, key, column, values, amount) }}{% endmacro %}

{% macro default__pivot(relation, key, column, values, amount) -%}
select {{ key }}{% for value in values %}, sum(case when {{ column }} = '{{ value }}' then {{ amount }} end) as {{ value }}{% endfor %}
from {{ relation }}
group by {{ key }}
{%- endmacro %}

{% macro duckdb__pivot(relation, key, column, values, amount) -%}
select * from (select {{ key }}, {{ column }}, {{ amount }} from {{ relation }})
pivot (sum({{ amount }}) for {{ column }} in ('{{ values | join("', '") }}'))
{%- endmacro %}
