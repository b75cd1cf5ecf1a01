"""`make bench`: the product's figures, measured on a stack of its own that is thrown away afterwards.

`load` is a process of its own and imports nothing of the product; all other modules run in the measuring process.
"""
