"""`make drill`: a storm of shoppers on the real servers while everything breaks, then an audit of every book.

`storm` is a process of its own and imports nothing of the product; all other modules run in the drill's own process, on a
stack that is thrown away afterwards.
"""
