{# The first row of each key; QUALIFY where the database has it. #}
{% macro first_of_each(relation, key, order_by, columns) %}{{ adapter.dispatch('first_of_each')(relation, key, order_by, columns) }}{% endmacro %}

{% macro default__first_of_each(relation, key, order_by, columns) -%}
select {{ columns }}
from (select *, row_number() over (partition by {{ key }} order by {{ order_by }}) as place from {{ relation }}) as placed
where place = 1
{%- endmacro %}

{% macro duckdb__first_of_each(relation, key, order_by, columns) -%}
select {{ columns }}
from {{ relation }}
qualify row_number() over (partition by {{ key }} order by {{ order_by }}) = 1
{%- endmacro %}
