"""Signing in and out, the second factor, and one's own password."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordChangeView,
    PasswordResetConfirmView,
)
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kimppa.organisations import operations
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.forms.sign_in import LOCKED, LOCKED_TEXT, MINUTES, CodeForm, SignInForm
from kimppa.organisations.models import SecondFactor, StaffAccount
from kimppa.organisations.operations import sign_in
from kimppa.organisations.rules.sign_in import CODE_WITHIN
from kimppa.organisations.views import UNPROCESSABLE
from kimppa.organisations.views.drawing import qr_code

TOO_MANY_REQUESTS = 429
HALF = "half_signed_in"
BACKEND = settings.AUTHENTICATION_BACKENDS[0]


class SignIn(LoginView):
    """User name and password; those with a second factor are led to its page."""

    template_name = "organisations/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form the moment by which tries are counted."""
        return {**super().get_form_kwargs(), "now": timezone.now()}

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        """Sign in, or ask for the code first."""
        account = form.get_user()
        target = self.get_success_url()
        if not SecondFactor.objects.filter(account=account).exclude(confirmed_at=None).exists():
            return _finish(self.request, account, target)
        self.request.session.cycle_key()
        self.request.session[HALF] = {
            "account": account.pk,
            "at": timezone.now().timestamp(),
            "next": target,
        }
        return redirect("organisations:sign_in_code")

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Say what is wrong, not whether the user name exists."""
        is_locked = any(error.code == LOCKED for error in form.non_field_errors().as_data())
        return self.render_to_response(
            self.get_context_data(form=form),
            status=TOO_MANY_REQUESTS if is_locked else UNPROCESSABLE,
        )


class SignOut(LogoutView):
    """Ends the session, by POST only, with all that it remembered."""


def _finish(request: HttpRequest, account: StaffAccount, target: str) -> HttpResponseRedirect:
    """Begin a session under a new id and go where the account wanted to go."""
    request.session.pop(HALF, None)
    request.session.clear_expired()  # nothing else empties the table of sessions
    login(request, account, backend=BACKEND)
    sign_in.complete_sign_in(
        account=account, address=request.META.get("REMOTE_ADDR", ""), now=timezone.now()
    )
    return HttpResponseRedirect(target)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code of the second factor, within some minutes of the password."""
    now = timezone.now()
    half = request.session.get(HALF)
    if not half or now.timestamp() - half["at"] > CODE_WITHIN.total_seconds():
        return redirect("organisations:sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else UNPROCESSABLE
        return render(request, "organisations/sign_in_code.html", {"form": form}, status=status)
    account = StaffAccount.objects.get(pk=half["account"])
    answer = sign_in.check_code(account=account, code=form.cleaned_data["code"], now=now)
    if answer and not account.has_left(timezone.localdate()):
        return _finish(request, account, half["next"])
    if answer is None:
        form.add_error(None, LOCKED_TEXT % MINUTES)
    else:
        form.add_error("code", _("The code is not right or it was used already. Try the next one."))
    status = TOO_MANY_REQUESTS if answer is None else UNPROCESSABLE
    return render(request, "organisations/sign_in_code.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires_somewhere()
def second_factor(request: OfficeRequest) -> HttpResponse:
    """Take a second factor into use, or remove it with one of its codes."""
    factor = SecondFactor.objects.filter(account=request.user).exclude(confirmed_at=None).first()
    if factor:
        return _stand_or_remove(request, factor)
    form = CodeForm(request.POST or None)
    if request.method == "GET" or "begin" in request.POST:
        context: dict[str, Any] = {"form": CodeForm()}
        if "begin" in request.POST:
            context |= _secret(request.user, anew=True)
        return render(request, "organisations/second_factor.html", context)
    codes = form.is_valid() and sign_in.confirm_second_factor(
        account=request.user, code=form.cleaned_data["code"], now=timezone.now()
    )
    if codes:
        return render(request, "organisations/second_factor.html", {"codes": codes})
    context = {"form": CodeForm(), "is_wrong": True} | _secret(request.user, anew=False)
    return render(request, "organisations/second_factor.html", context, status=UNPROCESSABLE)


def _secret(account: StaffAccount, *, anew: bool) -> dict[str, Any]:
    secret = sign_in.begin_second_factor(account=account, anew=anew)
    address = f"otpauth://totp/Kimppa:{account.username}?secret={secret}&issuer=Kimppa"
    return {"secret": secret, "picture": qr_code(address)}


def _stand_or_remove(request: OfficeRequest, factor: SecondFactor) -> HttpResponse:
    form = CodeForm(request.POST or None)
    context = {"form": form, "factor": factor}
    if request.method == "GET":
        return render(request, "organisations/second_factor.html", context)
    now = timezone.now()
    if form.is_valid() and sign_in.check_code(
        account=request.user, code=form.cleaned_data["code"], now=now
    ):
        sign_in.remove_second_factor(account=request.user, by=request.user, now=now)
        messages.success(request, _("The second factor was removed."))
        return redirect("organisations:second_factor")
    context["is_wrong"] = True
    return render(request, "organisations/second_factor.html", context, status=UNPROCESSABLE)


@method_decorator(requires_somewhere(), name="dispatch")
class ChangePassword(PasswordChangeView):
    """One's own password; other sessions of the account end."""

    template_name = "organisations/change_password.html"
    success_url = reverse_lazy("staff")

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it and note in the log that it was done."""
        response = super().form_valid(form)
        account = cast("StaffAccount", self.request.user)
        operations.note_password_change(account=account, by=account, now=timezone.now())
        messages.success(self.request, _("Your password was changed."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say what is wrong with it."""
        return self.render_to_response(self.get_context_data(form=form), status=UNPROCESSABLE)


class SetPassword(PasswordResetConfirmView):
    """The first password, or a new one, by a link that the coordinator gave; it works once."""

    template_name = "organisations/set_password.html"
    success_url = reverse_lazy("organisations:sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it and note in the log that it was done."""
        response = super().form_valid(form)
        account = cast("StaffAccount", form.user)
        operations.note_password_change(account=account, by=account, now=timezone.now())
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say what is wrong with it."""
        return self.render_to_response(self.get_context_data(form=form), status=UNPROCESSABLE)
