{% macro cents(column) %}(({{ column }}) / 100.0)::decimal(16, 2){% endmacro %}
