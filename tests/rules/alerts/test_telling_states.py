"""Staff is told by what left, however much was queued."""

import pytest

from rules.alerts.alert_channels import DeliveryState
from rules.alerts.telling_states import TellingState, farthest
from rules.mail.mail_outcomes import MailState


@pytest.mark.parametrize("state", MailState)
def test_every_state_of_a_mail_says_how_far_the_news_came(state: MailState) -> None:
    left = {MailState.SENT, MailState.DELIVERED}
    assert (farthest([state], []) is TellingState.LEFT) == (state in left)
    assert farthest([state, MailState.DELIVERED], []) is TellingState.LEFT
    assert farthest([state], [DeliveryState.DELIVERED]) is TellingState.LEFT


def test_one_that_failed_is_said_only_where_nothing_else_came_farther() -> None:
    assert farthest([], []) is TellingState.NOT_YET
    assert farthest([MailState.BOUNCED], [DeliveryState.FAILED]) is TellingState.FAILED
    assert farthest([MailState.BOUNCED, MailState.QUEUED], []) is TellingState.QUEUED
    assert farthest([MailState.UNKNOWN], [DeliveryState.FAILED]) is TellingState.UNSURE
