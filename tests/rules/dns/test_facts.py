import json
from dataclasses import replace

import pytest

from rules.dns import facts
from tests.rules.dns.test_issues import SOUND


@pytest.mark.parametrize("answered", [SOUND, replace(SOUND, zone=None, dnskey=None, includes=(("a.test", "v=spf1"),))])
def test_facts_survive_json(answered):
    assert facts.load(json.loads(json.dumps(facts.dump(answered)))) == answered


@pytest.mark.parametrize("document", [{}, {"servers": 1}, facts.dump(SOUND) | {"mx": {"state": "fine", "values": []}}])
def test_what_is_not_facts_is_refused(document):
    with pytest.raises((LookupError, TypeError, ValueError)):
        facts.load(document)
