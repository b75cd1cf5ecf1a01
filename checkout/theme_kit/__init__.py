"""The test kit for themes: every shopper page in every state from made-up shops, and what is checked of each.

Nothing here touches the database. `shops` are compiled funnels made by hand, `states` are the pages they lead to through
the same presenting code as real ones, `pages` answers requests for them, `looking` opens them in a browser and tells what
is wrong. `manage.py check_theme` runs it.
"""
