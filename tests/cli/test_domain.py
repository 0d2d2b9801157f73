from cli import domain
from rules.domains.records import Answer, RegistryRecord, UnconfirmedField
from tasks.domains.registries import Lookup

UNPARSABLE = RegistryRecord(
    name="bakery.test",
    answer=Answer.UNPARSABLE,
    source="whois",
    server="whois.test",
    unconfirmed=(
        UnconfirmedField(field="registrar", value="Example Ltd", line="bakery.test | Registrar: Example Ltd"),
        UnconfirmedField(field="nameservers", value=("ns1.test", "ns2.test"), line="Name Server: ns1.test"),
    ),
)


def test_an_explanation_shows_what_python_whois_finds_as_its_word_alone():
    lines = list(domain._explained(Lookup((UNPARSABLE,))))
    assert lines == [
        "",
        "1. WHOIS at whois.test (registry): unparsable",
        "   registrar    Example Ltd (the word of python-whois alone)",
        "                | bakery.test | Registrar: Example Ltd",
        "   nameservers  ns1.test, ns2.test (the word of python-whois alone)",
        "                | Name Server: ns1.test",
    ]
