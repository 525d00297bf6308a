"""How personal data is handled: the record of processing, for everybody (users.md X4)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kimppa.circulation.operations.notices import KEPT
from kimppa.circulation.queries import policy_on
from kimppa.circulation.rules.holds import REQUEUE_DAYS
from kimppa.circulation.rules.policy import Case
from kimppa.organisations.models import Library


@require_safe
def privacy_notice(request: HttpRequest) -> HttpResponse:
    """Say who answers for patrons' data, what is kept, why and how long; made to be printed."""
    today = timezone.localdate()
    context = {
        "libraries": Library.objects.select_related("data_protection").order_by("name"),
        "today": today,
        "unused_years": policy_on(today)["purge_after_years", Case()],
        "hold_days": REQUEUE_DAYS,
        "notice_days": KEPT.days,
        "log_years": round(settings.LOG_DAYS / 365),
    }
    return render(request, "privacy_notice.html", context)
