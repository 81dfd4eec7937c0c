"""Column lineage: which input columns make each output column of a model, read from its compiled SQL.

    dialects     which SQL an adapter speaks
    uses         how an input column is used, and what becomes of a use of a use
    lineage      what is found: values, and the tables that a query may read
    relations    what a FROM offers to the expressions over it
    scope        which column a name means
    expressions  which columns an expression uses
    stars        what a `*` stands for
    sources      FROM, joins, unnesting, pivots
    query        SELECT, set operations, WITH
    read         SQL text to lineage, within bounds

Only what stands below `read` imports sqlglot, which may be missing.
"""
