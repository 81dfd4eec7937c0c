{% macro in_cents(column) %}cast({{ column }} * {{ hundred() }} as integer){% endmacro %}
{% macro hundred() %}100{% endmacro %}
{% macro vacuum_orders() %}{% do run_query('select count(*) from ' ~ target.schema ~ '.orders') %}{% endmacro %}
{% macro fails() %}{% do run_query('select nothing') %}{% endmacro %}
