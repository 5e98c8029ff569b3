"""Thefts: each row of the table in docs/threat-model.md, really stolen, and what the thief makes of it.

An institution works for a while in a process of its own (`scene.py`). Then the thieves come (`thief.py`): they read the
database's own files, the file store and the settings, without the program. What they should be able to open is
reckoned from what the institution did (`known.py`), and compared with what they do open.
"""
