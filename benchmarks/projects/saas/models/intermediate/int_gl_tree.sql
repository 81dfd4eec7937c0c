with recursive tree as (
    select gl_code, gl_name, gl_name as path, 0 as depth from {{ ref('stg_gl_accounts') }} where parent_code is null
    union all
    select g.gl_code, g.gl_name, t.path || ' / ' || g.gl_name, t.depth + 1
    from {{ ref('stg_gl_accounts') }} g join tree t on t.gl_code = g.parent_code
)
select * from tree
