"""Our books against those of gateways and the CRM: what differs is listed once, mended or explained.

`running` compares an account and a period, `books` and `crm` are the comparisons, `differences` keeps what they find,
`mending` is what can be done about it, `uncertain` lists what nobody has known for too long.
"""
