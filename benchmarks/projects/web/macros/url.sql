{% macro url_host(column) %}lower(regexp_extract({{ column }}, '^https?://([^/]+)', 1)){% endmacro %}
{% macro url_parameter(column, name) %}nullif(regexp_extract({{ column }}, '[?&]{{ name }}=([^&]*)', 1), ''){% endmacro %}
{% macro union_relations(relations, names) %}{% for r in relations %}select {% for n in names %}{{ n }}, {% endfor %}'{{ r.identifier }}' as _source from {{ r }}{% if not loop.last %} union all {% endif %}{% endfor %}{% endmacro %}
