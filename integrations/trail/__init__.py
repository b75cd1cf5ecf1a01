"""The audit trail: who changed which row, when and from where, written by the database itself.

Triggers write it, so that it is complete whoever writes: the pages, the queue, a management command, a person with psql.
Layers say in their `watched` modules which of their tables it covers (`watching.watch`); people's names and addresses come
from `acting`. Contact data and secrets are never kept in it: that such a column changed is told, its values are not.
"""
