{% macro shared_label() %}day{% endmacro %}
