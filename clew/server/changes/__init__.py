"""What is changed through the API without events. Marquez keeps these routes for old clients; deletion and tags are for everybody."""
