{% macro surrogate_key(columns) %}md5({% for c in columns %}coalesce(cast({{ c }} as {{ dbt.type_string() }}), '_null_'){% if not loop.last %} || '-' || {% endif %}{% endfor %}){% endmacro %}
