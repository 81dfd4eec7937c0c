{# The value in the row in which another is the greatest. #}
{% macro max_by(value, by) %}{{ adapter.dispatch('max_by')(value, by) }}{% endmacro %}
{% macro default__max_by(value, by) %}(array_agg({{ value }} order by {{ by }} desc))[1]{% endmacro %}
{% macro duckdb__max_by(value, by) %}max_by({{ value }}, {{ by }}){% endmacro %}
