{% macro cents(column) %}({{ column }} / 100)::decimal(16, 2){% endmacro %}
{% macro surrogate_key(columns) %}md5({% for c in columns %}coalesce(cast({{ c }} as varchar), '_null_'){% if not loop.last %} || '-' || {% endif %}{% endfor %}){% endmacro %}
