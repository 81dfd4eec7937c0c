"""`clew run`: a program as a run, with what the Python in it reads and writes.

program.py   what is run: its script, the name of its job, its arguments
events.py    START and end
telling.py   both told, the program's Pythons watched in between
"""
