select gl_code, gl_name, parent_code from {{ source('billing', 'raw_gl_accounts') }}
