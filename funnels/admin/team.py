"""Who works for a merchant, in which role: what an owner can manage without a superuser."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from funnels.access import inviting, owning
from funnels.access.roles import Role
from funnels.access.second_factor import has_confirmed
from funnels.admin.scoping import MerchantScoped, require_merchant
from funnels.models import Membership


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """An owner gives roles; a membership without one is a superuser's business."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Membership
        fields = ("merchant", "role")

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if not self.instance.pk or role == Role.OWNER or self.instance.role != Role.OWNER:
            return role
        owning.lock(self.instance.merchant_id)
        if owning.is_last_owner(self.instance):
            raise ValidationError(_("Somebody has to be the owner. Make another person one first."))
        return role


class NewMemberForm(MemberForm):
    """A person is known by their e-mail address. The answer is the same whether or not they have an account already."""

    email = forms.EmailField(label=_("E-mail"), widget=UnfoldAdminEmailInputWidget)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        name, merchant = data.get("email", "").lower(), data.get("merchant")
        if not name or merchant is None:
            return data
        person = User.objects.filter(username=name).first()
        if person is not None and person.memberships.filter(merchant=merchant).exists():
            self.add_error("email", _("This person works here already."))
        elif inviting.mailer(merchant) is None:
            self.add_error("email", _("Connect an account that sends mail first: the invitation goes by e-mail."))
        return data


@admin.register(Membership)
class TeamAdmin(MerchantScoped, ModelAdmin):
    _owns_directly = True
    list_display = ("person", "role_name", "second_factor", "merchant", "created_at")
    list_filter = ("role",)
    search_fields = ("user__username", "user__email", "user__first_name", "user__last_name")
    change_form_outer_before_template = "admin/funnels/membership/invite.html"
    ordering = ("merchant__name", "user__username")

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(require_POST(self.send_again_view))
        return [path("<int:pk>/invite/", again, name="funnels_membership_invite"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows: QuerySet[Membership] = super().get_queryset(request)
        return rows.select_related("merchant", "user", "user__second_factor")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs |= {"form": MemberForm if obj else NewMemberForm, "fields": ("merchant", "role")}
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, _request: HttpRequest, obj: Any = None) -> Any:
        return ((None, {"fields": ("merchant", "role") if obj else ("merchant", "email", "role")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return bool(allowed and (obj is None or not owning.is_last_owner(obj)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody is moved to another merchant: that could take the last owner away."""
        return (*super().get_readonly_fields(request, obj), *(("merchant",) if obj else ()))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        owning.lock(obj.merchant_id)
        if owning.is_last_owner(obj):
            raise PermissionDenied
        super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest, action_location: Any = ActionLocation.CHANGE_LIST) -> Any:
        """Deleting goes one by one: the last owner stays."""
        actions = super().get_actions(request, action_location=action_location)
        return {name: action for name, action in actions.items() if name != "delete_selected"}

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        require_merchant(request, obj.merchant_id, self.permission("add"))
        typed = form.cleaned_data
        member = inviting.invite(merchant=obj.merchant, email=typed["email"], role=typed["role"])
        obj.pk, obj.user = member.pk, member.user
        messages.success(request, _("An invitation is on its way to %s.") % member.user.email)

    def send_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        member: Membership = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, member):
            raise PermissionDenied
        if not member.has_come:
            inviting.send_again(member)
            messages.success(request, _("An invitation is on its way to %s.") % member.user.email)
        return redirect("admin:funnels_membership_change", pk)

    @display(description=_("person"), header=True, ordering="user__username")
    def person(self, member: Membership) -> tuple[str, str]:
        name, email = member.user.get_full_name() if member.has_come else "", member.user.get_username()
        return (name, email) if name else (email, "")

    @display(description=_("role"), ordering="role", label=True)
    def role_name(self, member: Membership) -> str:
        return Role(member.role).label.partition(":")[0] if member.role else str(_("By permissions"))

    @display(description=_("second factor"), boolean=True)
    def second_factor(self, member: Membership) -> bool | None:
        return has_confirmed(member.user) if member.has_come else None
