"""How one wants to be told of alerts: at once or in a digest, and not in one's quiet hours."""

from typing import cast

from pydantic import Field, model_validator

from api_stub.fields import RequestBody
from api_stub.resources.alerting.alert_routes import KindPattern, TimeOfDay
from api_stub.resources.alerting.alerts import AlertUrgency
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit, users
from db.alerting import alert_preferences
from rules.alerts import local_times
from rules.alerts.routing import MOST_NAMES, Preference
from rules.checks.alarms import Urgency
from rules.translatable import TranslatableError

routes = router(tags=["account"])


class AlertPreferenceGiven(RequestBody):
    """How one wants to be told. Times are those of one's own zone."""

    digest_at: TimeOfDay | None = Field(None, description="When one digest a day comes; null: at once")
    quiet_from: TimeOfDay | None = Field(None, description="From when nothing comes; null: none", examples=["06:00"])
    quiet_until: TimeOfDay | None = Field(None, examples=["22:00"])
    at_once_from: AlertUrgency = Field("critical", description="What is so urgent comes at once all the same")
    muted: list[KindPattern] = Field([], max_length=MOST_NAMES, examples=[["domain_renewed"]])

    @model_validator(mode="after")
    def _quiet_has_both_ends(self) -> "AlertPreferenceGiven":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise TranslatableError("quiet hours have a beginning and an end: give both or neither")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise TranslatableError("quiet hours may not be the whole day: give another end")
        return self


@routes.get("/api/account/alerts")
def read_alert_preference(who: Caller) -> AlertPreferenceGiven:
    """Read how one wants to be told of alerts."""
    return document(alert_preferences.of(who.user_id))


@routes.put("/api/account/alerts")
def change_alert_preference(who: Caller, given: AlertPreferenceGiven) -> AlertPreferenceGiven:
    """Say how one wants to be told of alerts, from the next one on."""
    return kept(who, given)


def kept(who: Principal, given: AlertPreferenceGiven) -> AlertPreferenceGiven:
    """Keep what a person prefers."""
    with connection.transaction():
        before = document(alert_preferences.of(who.user_id)).model_dump(mode="json")
        alert_preferences.keep(who.user_id, _preference(given))
        after = given.model_dump(mode="json")
        subject = f"user {users.get(who.user_id).name}"
        audit.add(who.actor, "alert preference change", subject, {}, before=before, after=after)
    return given


def document(preference: Preference) -> AlertPreferenceGiven:
    """Return a preference as programs read it."""
    quiet_from, quiet_until = preference.quiet or (None, None)
    return AlertPreferenceGiven(
        digest_at=_written(preference.digest_at),
        quiet_from=_written(quiet_from),
        quiet_until=_written(quiet_until),
        at_once_from=cast("AlertUrgency", preference.at_once_from.name.lower()),
        muted=list(preference.muted),
    )


def _preference(given: AlertPreferenceGiven) -> Preference:
    quiet = (given.quiet_from, given.quiet_until)
    return Preference(
        digest_at=None if given.digest_at is None else local_times.parse(given.digest_at),
        quiet=None
        if quiet[0] is None or quiet[1] is None
        else (local_times.parse(quiet[0]), local_times.parse(quiet[1])),
        at_once_from=Urgency[given.at_once_from.upper()],
        muted=tuple(dict.fromkeys(given.muted)),
    )


def _written(minute: int | None) -> str | None:
    return None if minute is None else local_times.written(minute)
