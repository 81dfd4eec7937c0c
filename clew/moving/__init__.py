"""Moving on: everything that a backend has, out of it, into a file, into another one."""
