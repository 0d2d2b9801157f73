"""Tasks that people may trigger: each has a form, made from the task's signature, and a dry run."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel
from starlette.requests import Request

from api_stub import entries, routes
from api_stub.problems import Problem
from api_stub.resources.ledger import triggers as resource
from api_stub.security import permissions
from api_stub.security.principal import Caller, Principal
from dashboard.forms import entry_forms
from dashboard.forms.entry_forms import EntryPage, FormField, SentForm
from dashboard.rendering import flash_messages, render
from rules.billing.entries import Texts
from tasks.engine import task as tasks
from tasks.engine.task import Task
from wording import time_spans
from wording.messages import _, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

_Name = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
_Kind = Literal["number", "choice", "lines", "text"]


@pages.get("/tasks")
def listed(request: Request, who: Caller) -> Response:
    """List the tasks that the reader may ask for."""
    found = [one for one in permissions.triggerable(who) if permissions.may_act_on(who, one.name)]
    return render.page(request, "ledger/tasks.html", tasks=found, said=_description)


@pages.get("/tasks/{task}")
def form(request: Request, who: Caller, task: _Name) -> Response:
    """Show the form of a task."""
    found = _require_triggerable(who, task)
    return entry_forms.show(request, _page(found), _defaults(found.arguments))


@pages.post("/tasks/{task}")
def trigger(request: Request, who: Caller, task: _Name, form: SentForm) -> Response:
    """Ask for a task now; or say what that would lead to, and keep the form."""
    found, texts = _require_triggerable(who, task), dict(form.texts)
    dry = texts.pop("dry_run", "") != ""
    texts.pop("reason", None)
    with entry_forms.shown_again(request, _page(found), texts):
        return _trigger(request, who, found, texts, dry=dry)


def _trigger(request: Request, who: Principal, task: Task, texts: Texts, *, dry: bool) -> Response:
    given = entries.modelled(task.arguments, _values(task.arguments, texts)).model_dump(exclude_unset=True)
    permissions.require_trigger(who, task, given)
    if dry:
        found = resource.estimate(task)
        lead = ngettext(
            "Dry run: it would lead to {number:,} job.", "Dry run: it would lead to {number:,} jobs.", found.jobs
        )
        if found.seconds:
            lead = f"{lead} {_('That takes about {duration}.', duration=time_spans.duration(found.seconds))}"
        return entry_forms.show(request, _page(task, lead=lead), texts)
    enqueued = resource.triggered(who, task, given)
    where = f"/runs/{enqueued.run_id}" if enqueued.run_id else f"/jobs/{enqueued.job_id}"
    said = _("{task} is queued.") if enqueued.new else _("{task} is queued already.")
    return flash_messages.redirect(where, said.format(task=task.name))


def _require_triggerable(who: Principal, name: str) -> Task:
    found = tasks.find(name)
    permissions.require_task(who, name)
    if found not in permissions.triggerable(who):
        raise Problem(404, "not-found", f"no task that people may ask for is named {name!r}")
    return found


def _page(task: Task, *, lead: str = "") -> EntryPage:
    return EntryPage(
        title=task.name,
        action=f"/tasks/{task.name}",
        back=("/tasks", "Tasks"),
        label="Run it now",
        fields=[*_fields(task.arguments), _REASON],
        lead=lead or _description(task),
        also=(("dry_run", "Say what it would lead to"),) if task.fans_out else (),
    )


def _description(task: Task) -> str:
    """Return a task's docstring for people, without the marks of code."""
    return (task.function.__doc__ or "").strip().replace("``", "")


_REASON = FormField(name="reason", label="Why", hint="For the audit trail.")


def _fields(arguments: type[BaseModel]) -> list[FormField]:
    found: Mapping[str, Mapping[str, Any]] = arguments.model_json_schema().get("properties", {})
    return [
        FormField(
            name=name,
            label=name.replace("_", " ").capitalize(),
            kind=_kind(schema),
            hint=_hint(schema),
            required=arguments.model_fields[name].is_required(),
            options={"": "as by default", "true": "yes", "false": "no"} if _kind(schema) == "choice" else {},
        )
        for name, schema in found.items()
    ]


def _kind(schema: Mapping[str, Any]) -> _Kind:
    kinds: Mapping[str, _Kind] = {"integer": "number", "boolean": "choice", "array": "lines"}
    return kinds.get(str(schema.get("type")), "text")


def _hint(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return "One on each line."
    default = schema.get("default")
    return f"Empty: {default}." if default not in (None, "") else ""


def _defaults(arguments: type[BaseModel]) -> dict[str, str]:
    return dict.fromkeys(arguments.model_fields, "")


def _values(arguments: type[BaseModel], texts: Texts) -> dict[str, Any]:
    properties: Mapping[str, Mapping[str, Any]] = arguments.model_json_schema().get("properties", {})
    lists = {name for name, schema in properties.items() if schema.get("type") == "array"}
    return {name: text.split() if name in lists else text for name, text in texts.items()}
