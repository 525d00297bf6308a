"""Pages of the rules of use: versions, the matrix, which rule wins, comparing, simulating."""

import subprocess
import sys
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kimppa.circulation import rule_files
from kimppa.circulation.forms.rules import (
    CaseForm,
    DraftForm,
    PairForm,
    PublishForm,
    RuleForm,
    SimulationForm,
)
from kimppa.circulation.models import RuleSet, Simulation
from kimppa.circulation.operations.policy import (
    RuleProblem,
    RulesRefused,
    draft_rule_set,
    publish,
    remove_value,
    set_value,
)
from kimppa.circulation.operations.simulations import begin_simulation, stop_simulation
from kimppa.circulation.queries.policy import policy_on, rule_set_in_force, rules_of
from kimppa.circulation.queries.rule_pages import answers, bars, differences, matrix, parts
from kimppa.circulation.reason_words import RULE_PROBLEMS
from kimppa.circulation.rules.policy import VALUES
from kimppa.circulation.value_labels import GROUPS
from kimppa.organisations.access import OfficeRequest, requires_somewhere
from kimppa.organisations.queries import may
from kimppa.organisations.rules import Permission

P = Permission
LAST_YEAR = timedelta(365)
SILENT = timedelta(minutes=2)  # a trial not heard of for so long has died


@require_GET
@requires_somewhere(P.VIEW_RULES)
def rules(request: OfficeRequest) -> HttpResponse:
    """List the versions of the rules."""
    return _list(request)


def _list(request: OfficeRequest, form: DraftForm | None = None) -> HttpResponse:
    in_force = rule_set_in_force(timezone.localdate())
    context = {
        "rule_sets": RuleSet.objects.all(),
        "in_force": in_force,
        "form": form or DraftForm(initial={"copied_from": in_force}),
        "may_edit": _may_edit(request),
    }
    return render(request, "circulation/rules/list.html", context, status=422 if form else 200)


@require_POST
@requires_somewhere(P.EDIT_RULES)
def draft(request: OfficeRequest) -> HttpResponse:
    """Make a draft and open it."""
    _must_edit(request)
    form = DraftForm(request.POST)
    if form.is_valid():
        try:
            made = draft_rule_set(
                name=form.cleaned_data["name"],
                copied_from=form.cleaned_data["copied_from"],
                by=request.user,
                now=timezone.now(),
            )
            return redirect("circulation:rule_set", made.pk)
        except RulesRefused as refused:
            _add_problems(form, refused)
    return _list(request, form)


@require_GET
@requires_somewhere(P.VIEW_RULES)
def rule_set(request: OfficeRequest, number: int) -> HttpResponse:
    """Show one version as a matrix."""
    return _matrix(request, get_object_or_404(RuleSet, pk=number))


def _matrix(
    request: OfficeRequest,
    found: RuleSet,
    *,
    rule_form: RuleForm | None = None,
    publish_form: PublishForm | None = None,
) -> HttpResponse:
    cells = matrix(found)
    groups = [
        (group, [(name, VALUES[name].default, cells[name]) for name in names])
        for group, names in GROUPS.items()
    ]
    context = {
        "rule_set": found,
        "groups": groups,
        "may_edit": _may_edit(request) and not found.published_at,
        "rule_form": rule_form or RuleForm(),
        "publish_form": publish_form or PublishForm(),
    }
    status = 422 if rule_form or publish_form else 200
    return render(request, "circulation/rules/matrix.html", context, status=status)


@require_POST
@requires_somewhere(P.EDIT_RULES)
def change_rule(request: OfficeRequest, number: int) -> HttpResponse:
    """Set one cell of a draft, or take out the one that ``remove`` names."""
    _must_edit(request)
    found = get_object_or_404(RuleSet, pk=number)
    if found.published_at:
        messages.error(request, str(RULE_PROBLEMS[RuleProblem.IS_PUBLISHED]))
        return redirect("circulation:rule_set", found.pk)
    removed = request.POST.get("remove", "")
    form = RuleForm(request.POST)
    try:
        if removed.isdecimal() and len(removed) < 19:
            remove_value(rule_set=found, number=int(removed), by=request.user, now=timezone.now())
            return redirect("circulation:rule_set", found.pk)
        if form.is_valid():
            set_value(rule_set=found, rule=form.rule(), by=request.user, now=timezone.now())
            return redirect("circulation:rule_set", found.pk)
    except RulesRefused as refused:
        form.is_valid()
        _add_problems(form, refused)
    return _matrix(request, found, rule_form=form)


@require_POST
@requires_somewhere(P.EDIT_RULES)
def publish_rules(request: OfficeRequest, number: int) -> HttpResponse:
    """Put a draft in force."""
    _must_edit(request)
    found = get_object_or_404(RuleSet, pk=number)
    form = PublishForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        try:
            publish(
                rule_set=found,
                by=request.user,
                now=now,
                today=timezone.localdate(now),
                **form.cleaned_data,
            )
            messages.success(request, _("The rules are published."))
            return redirect("circulation:rule_set", found.pk)
        except RulesRefused as refused:
            _add_problems(form, refused)
    return _matrix(request, found, publish_form=form)


@require_GET
@requires_somewhere(P.VIEW_RULES)
def rules_toml(request: OfficeRequest, number: int) -> HttpResponse:
    """Give one version as a TOML file."""
    found = get_object_or_404(RuleSet, pk=number)
    text = rule_files.write(found.name, rules_of(found.pk))
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rules-{found.pk}.toml"'
    return response


@require_GET
@requires_somewhere(P.VIEW_RULES)
def which_rule(request: OfficeRequest) -> HttpResponse:
    """Tell which values hold for whom, what and where, and which rule said so."""
    form = CaseForm(request.GET)
    today = timezone.localdate()
    found = answers(policy_on(today), form.case()) if form.is_valid() else []
    by_name = {one.name: one for one in found}
    groups = [
        (group, [by_name[name] for name in names if name in by_name])
        for group, names in GROUPS.items()
    ]
    context = {"form": form, "groups": groups, "rule_set": rule_set_in_force(today)}
    return render(request, "circulation/rules/which.html", context)


@require_GET
@requires_somewhere(P.VIEW_RULES)
def compare_rules(request: OfficeRequest) -> HttpResponse:
    """Show in what two versions differ, side by side."""
    form = PairForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        context |= {"old": old, "new": new, "differences": differences(old, new)}
    return render(request, "circulation/rules/compare.html", context)


@requires_somewhere(P.EDIT_RULES)
def simulations(request: OfficeRequest) -> HttpResponse:
    """List trials of other rules, and begin one."""
    today = timezone.localdate()
    form = SimulationForm(
        request.POST or None,
        initial={
            "old": rule_set_in_force(today),
            "first": today - LAST_YEAR,
            "last": today,
        },
    )
    if request.method == "POST":
        _must_edit(request)
        if form.is_valid():
            begun = begin_simulation(by=request.user, now=timezone.now(), **form.cleaned_data)
            _start(begun)
            return redirect("circulation:simulation", begun.pk)
    context = {"form": form, "simulations": Simulation.objects.select_related("old", "new")[:20]}
    status = 422 if form.is_bound else 200
    return render(request, "circulation/rules/simulations.html", context, status=status)


def _start(begun: Simulation) -> None:
    """Let a process of its own do the work, so that it goes on when the page is closed."""
    code = "import sys; from kimppa.site.cli import main; main()"
    subprocess.Popen(  # noqa: S603 - our own program and a number
        [sys.executable, "-c", code, "policy", "simulate", "--number", str(begun.pk)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@require_GET
@requires_somewhere(P.EDIT_RULES)
def simulation(request: OfficeRequest, number: int) -> HttpResponse:
    """Show how far a trial is, or what came of it."""
    found = get_object_or_404(Simulation.objects.select_related("old", "new", "by"), pk=number)
    is_running = found.state == Simulation.State.RUNNING
    context: dict[str, object] = {
        "simulation": found,
        "is_running": is_running,
        "is_silent": is_running and timezone.now() - found.heard_at > SILENT,
        "percent": round(100 * found.done / found.total) if found.total else 0,
    }
    if found.state == Simulation.State.DONE:
        context |= {
            "bars": bars(found.outcome),
            "by_library": parts(found.outcome, "by_library"),
            "by_category": parts(found.outcome, "by_category"),
            "without_patron": found.outcome[0]["loans_without_patron"],
        }
    template = "_progress.html" if _is_fragment(request) else "simulation.html"
    return render(request, f"circulation/rules/{template}", context)


@require_POST
@requires_somewhere(P.EDIT_RULES)
def stop(request: OfficeRequest, number: int) -> HttpResponse:
    """Stop a trial that runs."""
    _must_edit(request)
    found = get_object_or_404(Simulation, pk=number)
    stop_simulation(simulation=found, by=request.user, now=timezone.now())
    return redirect("circulation:simulation", found.pk)


def _is_fragment(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _may_edit(request: OfficeRequest) -> bool:
    """Return whether the account may set the rules, which hold in the whole consortium."""
    return may(request.user, P.EDIT_RULES, on=timezone.localdate())


def _must_edit(request: OfficeRequest) -> None:
    if not _may_edit(request):
        raise Http404


def _add_problems(form: RuleForm | DraftForm | PublishForm, refused: RulesRefused) -> None:
    for problem in refused.reasons:
        form.add_error(None, str(RULE_PROBLEMS[problem]))
