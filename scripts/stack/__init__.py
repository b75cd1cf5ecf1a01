"""The whole product on a place of its own: free ports, an empty database, a sandbox of every provider; thrown away after.

`environment` is prepared before Django; `parts` starts and stops the processes. The bench measures on it, the drill breaks it.
"""
