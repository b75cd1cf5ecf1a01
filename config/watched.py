"""Who may do what stands on the audit trail too."""

from django.contrib.auth.models import Group, User

from integrations.trail.watching import watch

watch(
    User,
    subject="username",
    hidden=("password", "email", "first_name", "last_name"),
    unnoticed=("last_login",),
)
watch(Group, subject="name")
watch(User.groups.through, subject="user__username")
watch(User.user_permissions.through, subject="user__username")
watch(Group.permissions.through, subject="group__name")
