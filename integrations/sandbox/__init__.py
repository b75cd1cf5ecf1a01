"""A local stand-in for the outside world: every provider's wire protocol, with state, in one separate process.

Nothing here imports the product's code, so that a misreading of a provider's protocol cannot cancel itself out.
"""
