{# All columns of a relation but some, and some replaced; listed one by one where the database has no words for that. #}
{% macro star(relation, except=[], replace={}, alias=none) %}{{ adapter.dispatch('star')(relation, except, replace, alias) }}{% endmacro %}

{% macro default__star(relation, except, replace, alias) -%}
{%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | reject('in', except) if execute else ['*'] -%}
{%- for name in names -%}
{%- if name in replace -%}{{ replace[name] }} as {{ name }}{%- else -%}{{ alias ~ '.' if alias }}{{ name }}{%- endif -%}
{%- if not loop.last -%}, {% endif -%}
{%- endfor -%}
{%- endmacro %}

{% macro duckdb__star(relation, except, replace, alias) -%}
{{ alias ~ '.' if alias }}* exclude ({{ except | join(', ') }})
{%- if replace %} replace ({% for name, made in replace.items() %}{{ made }} as {{ name }}{{ ', ' if not loop.last }}{% endfor %}){% endif -%}
{%- endmacro %}
