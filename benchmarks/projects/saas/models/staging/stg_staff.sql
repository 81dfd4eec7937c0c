{{ pick(source('billing', 'raw_staff'), ['staff_id', 'staff_name', 'manager_id', 'team']) }}
