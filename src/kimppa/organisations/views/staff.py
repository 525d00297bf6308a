"""Pages of staff accounts: the list, one account, yearly confirmation, what each role may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kimppa.organisations import operations
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.forms.staff import AccountForm, LastDayForm, RoleForm
from kimppa.organisations.labels import PERMISSION_LABELS
from kimppa.organisations.models import RoleGrant, SecondFactor, StaffAccount
from kimppa.organisations.operations import sign_in
from kimppa.organisations.queries import staff as staff_queries
from kimppa.organisations.rules import PERMISSIONS, Permission, Role
from kimppa.organisations.views import UNPROCESSABLE

SHOWN: dict[str, Callable[[staff_queries.AccountRow], bool]] = {
    "current": lambda row: not row.has_left,
    "confirm": lambda row: bool(row.to_confirm),
    "leavers": lambda row: row.is_leaver,
    "ended": lambda row: row.has_left,
}


@require_safe
@requires_somewhere(Permission.MANAGE_STAFF)
def staff(request: OfficeRequest) -> HttpResponse:
    """Accounts: those in use, those whose roles wait for confirmation, leavers, and ended ones."""
    asked = request.GET.get("show", "")
    show = asked if asked in SHOWN else "current"
    now, today = timezone.now(), timezone.localdate()
    rows = staff_queries.account_rows(request.user, now=now, on=today)
    context = {
        "show": show,
        "counts": {name: sum(map(wanted, rows)) for name, wanted in SHOWN.items()},
        "rows": [row for row in rows if SHOWN[show](row)],
    }
    return render(request, "organisations/staff.html", context)


@require_safe
@requires_somewhere()
def roles(request: OfficeRequest) -> HttpResponse:
    """What each role may do: the criteria by which rights are given (X1)."""
    labels = dict(RoleGrant.Role.choices)
    context = {
        "roles": [labels[role.value] for role in Role],
        "rows": [
            (PERMISSION_LABELS[permission], [permission in PERMISSIONS[role] for role in Role])
            for permission in Permission
        ],
    }
    return render(request, "organisations/roles.html", context)


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_STAFF)
def add_account(request: OfficeRequest) -> HttpResponse:
    """A new account with its first role; its owner sets the password by a link."""
    today, now = timezone.localdate(), timezone.now()
    form = AccountForm(request.POST or None, manager=request.user, today=today)
    if request.method == "GET" or not form.is_valid():
        status = UNPROCESSABLE if request.method == "POST" else 200
        return render(request, "organisations/account_form.html", {"form": form}, status=status)
    given = form.cleaned_data
    account = operations.create_account(
        username=given["username"],
        first_name=given["first_name"],
        last_name=given["last_name"],
        home_branch=form.grant["branch"],
        now=now,
        by=request.user,
    )
    operations.grant_role(account=account, **form.grant, now=now, by=request.user)
    messages.success(request, _("The account is made. Give its owner a link to set a password."))
    return redirect("organisations:account", key=account.key)


@require_http_methods(["GET", "POST"])
@requires_somewhere(Permission.MANAGE_STAFF)
def account(request: OfficeRequest, key: UUID) -> HttpResponse:
    """One account: its roles, and what can be done with it."""
    shown = _account(request, key)
    if request.method == "POST":
        action = ACTIONS.get(request.POST.get("do", ""))
        if action is None:
            raise Http404
        return action(request, shown)
    return _page(request, shown)


def _page(
    request: OfficeRequest, shown: StaffAccount, status: int = 200, **context: Any
) -> HttpResponse:
    today = timezone.localdate()
    grants = shown.grants.select_related("library", "branch__library").order_by("role", "pk")
    standing = {
        "shown": shown,
        "has_left": shown.has_left(today),
        "grants": [
            (each, _may_end(request, each)) for each in grants if staff_queries.holds(each, today)
        ],
        "ended": [each for each in grants if not staff_queries.holds(each, today)],
        "has_second_factor": SecondFactor.objects.filter(account=shown)
        .exclude(confirmed_at=None)
        .exists(),
        "may_manage": staff_queries.may_manage_account(request.user, shown, on=today),
        "role_form": RoleForm(manager=request.user, today=today),
        "last_day_form": LastDayForm(initial={"last_day": today}),
    }
    return render(request, "organisations/account.html", standing | context, status=status)


def _may_end(request: OfficeRequest, grant: RoleGrant) -> bool:
    """Return whether the reader may end this role."""
    return staff_queries.may_manage_grant(request.user, grant, on=timezone.localdate())


def _account(request: OfficeRequest, key: UUID) -> StaffAccount:
    found = get_object_or_404(StaffAccount, key=key)
    if not staff_queries.may_see_account(request.user, found, on=timezone.localdate()):
        raise Http404
    return found


def _managed(request: OfficeRequest, shown: StaffAccount) -> None:
    if not staff_queries.may_manage_account(request.user, shown, on=timezone.localdate()):
        raise Http404


def _grant(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    form = RoleForm(request.POST, manager=request.user, today=timezone.localdate())
    if not form.is_valid():
        return _page(request, shown, status=UNPROCESSABLE, role_form=form)
    operations.grant_role(account=shown, **form.grant, now=timezone.now(), by=request.user)
    return _done(request, shown, _("The role is granted."))


def _end_role(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    number = request.POST.get("grant", "")
    grants = shown.grants.select_related("library", "branch__library")
    grant = grants.filter(pk=number).first() if number.isdecimal() else None
    if grant is None or not _may_end(request, grant):
        raise Http404
    operations.end_role(
        grant=grant, now=timezone.now(), today=timezone.localdate(), by=request.user
    )
    return _done(request, shown, _("The role has ended."))


def _link(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    _managed(request, shown)
    part, token = operations.password_link(account=shown, by=request.user, now=timezone.now())
    path = redirect("organisations:set_password", uidb64=part, token=token).url
    return _page(request, shown, link=request.build_absolute_uri(path))


def _unlock(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    _managed(request, shown)
    sign_in.unlock_sign_in(account=shown, by=request.user, now=timezone.now())
    return _done(request, shown, _("The account can try to sign in again."))


def _remove_factor(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    _managed(request, shown)
    sign_in.remove_second_factor(account=shown, by=request.user, now=timezone.now())
    return _done(request, shown, _("The second factor was removed."))


def _end(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    _managed(request, shown)
    form = LastDayForm(request.POST)
    if not form.is_valid():
        return _page(request, shown, status=UNPROCESSABLE, last_day_form=form)
    operations.end_account(
        account=shown,
        last_day=form.cleaned_data["last_day"],
        now=timezone.now(),
        by=request.user,
    )
    return _done(request, shown, _("The account's last day is set."))


def _end_now(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    _managed(request, shown)
    yesterday = timezone.localdate() - timedelta(days=1)
    operations.end_account(account=shown, last_day=yesterday, now=timezone.now(), by=request.user)
    return _done(request, shown, _("The account has ended."))


def _reopen(request: OfficeRequest, shown: StaffAccount) -> HttpResponse:
    _managed(request, shown)
    operations.reopen_account(account=shown, now=timezone.now(), by=request.user)
    return _done(request, shown, _("The account can be used again; grant its roles anew."))


def _done(request: OfficeRequest, shown: StaffAccount, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("organisations:account", key=shown.key)


ACTIONS: dict[str, Callable[[OfficeRequest, StaffAccount], HttpResponse]] = {
    "grant": _grant,
    "end_role": _end_role,
    "link": _link,
    "unlock": _unlock,
    "remove_factor": _remove_factor,
    "end": _end,
    "end_now": _end_now,
    "reopen": _reopen,
}


@require_POST
@requires_somewhere(Permission.MANAGE_STAFF)
def confirm(request: OfficeRequest) -> HttpResponse:
    """Confirm the chosen roles for another year."""
    numbers = [each for each in request.POST.getlist("grant") if each.isdecimal()]
    rows = RoleGrant.objects.select_related("account", "library", "branch__library")
    grants = [each for each in rows.filter(pk__in=numbers) if _may_end(request, each)]
    operations.confirm_roles(grants=grants, now=timezone.now(), by=request.user)
    count = len(grants)
    messages.success(request, _("Roles confirmed: %(count)s.") % {"count": count})
    return redirect("organisations:staff")
