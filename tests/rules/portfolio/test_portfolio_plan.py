"""What an import would do: nothing that a line says otherwise is dropped in silence."""

from datetime import date

from rules import portfolio
from rules.domains.renewals import RenewalDecision
from rules.portfolio import Complaint, PortfolioEntry
from rules.portfolio.portfolio_plan import Existing, OwnedName, Plan, Planner

HEAD = "client,email,domain,decision,expires,host,port"
BAKERY = OwnedName(
    id=1, client="Bakery", values={"email": "a@bakery.test", "language": "en", "currency": "EUR", "zone": "UTC"}
)
THERE = Existing(
    clients={"Bakery": BAKERY},
    domains={
        "bakery.example": OwnedName(
            id=7, client="Bakery", values={"decision": "auto", "expires": date(2027, 3, 1), "alert_days": None}
        )
    },
    endpoints={("www.bakery.example", 443, "tls", ""): OwnedName(id=9, client="Bakery")},
)


def plan(*lines: str, existing: Existing = THERE, edits: bool = False) -> Plan:
    planner = Planner(edits=edits)
    read = [*portfolio.read([f"{line}\n" for line in (HEAD, *lines)])]
    assert not any(isinstance(one, Complaint) for one in read), read
    for one in read:  # a chunk each: what the file said before is remembered across chunks
        assert isinstance(one, PortfolioEntry)
        planner.add([one], existing)
    return planner.plan()


def complaints(made: Plan) -> list[tuple[int, str]]:
    return [(one.line, one.column) for one in made.complaints]


def test_what_is_there_as_the_line_says_it_is_neither_new_nor_an_edit() -> None:
    line = "Bakery,a@bakery.test,bakery.example,auto,2027-03-01,www.bakery.example,443"
    assert plan(line) == plan(line, edits=True) == Plan()


def test_an_empty_cell_says_nothing() -> None:
    assert plan("Bakery,,bakery.example,,,,") == Plan()


def test_a_line_that_says_otherwise_is_named_with_what_would_take_it_over() -> None:
    made = plan("Bakery,b@bakery.test,bakery.example,lapse,2028-03-01,,")
    assert complaints(made) == [(2, "email"), (2, "decision"), (2, "expires")]
    assert made.complaints[1].message == "is lapse, and bakery.example has auto; import with --update to change it"
    assert (made.edits, made.domains) == ((), ())


def test_with_edits_asked_for_it_is_an_edit_with_before_and_after() -> None:
    made = plan("Bakery,b@bakery.test,bakery.example,lapse,,,", edits=True)
    assert [str(one) for one in made.edits] == [
        "line 2, email of Bakery: a@bakery.test -> b@bakery.test",
        "line 2, decision of bakery.example: auto -> lapse",
    ]
    assert made.edits[1].after is RenewalDecision.LAPSE
    assert made.complaints == ()


def test_a_name_that_another_client_has_is_never_taken_over() -> None:
    for edits in (False, True):
        made = plan("Books,x@books.test,bakery.example,,,www.bakery.example,", edits=edits)
        assert complaints(made) == [(2, "domain"), (2, "host")]
        assert "belongs to the client 'Bakery'" in made.complaints[0].message
        assert made.clients == ()


def test_lines_of_one_file_that_contradict_one_another_are_named_at_the_later_one() -> None:
    made = plan(
        "Books,x@books.test,books.example,auto,,,",
        "Books,y@books.test,,,,www.books.example,",
        "Fjord,f@fjord.test,books.example,,,,",
        "Books,,books.example,lapse,,,",
    )
    assert complaints(made) == [(3, "email"), (4, "domain"), (5, "decision")]
    assert made.complaints[0].message == "is y@books.test here and x@books.test in line 2, for the same client"
    assert "in line 2" in made.complaints[1].message


def test_a_later_line_adds_what_an_earlier_one_left_empty() -> None:
    made = plan(
        "Books,,books.example,,,,", "Books,x@books.test,,,,www.books.example,", "Books,,books.example,manual,,,"
    )
    ((client,), (domain,), (endpoint,)) = (made.clients, made.domains, made.endpoints)
    assert (client.email, domain.decision, endpoint.host) == (
        "x@books.test",
        RenewalDecision.MANUAL,
        "www.books.example",
    )
    assert made.complaints == ()


def test_the_same_line_twice_is_new_once() -> None:
    made = plan(*["Books,x@books.test,books.example,,,www.books.example,"] * 2)
    assert [len(one) for one in (made.clients, made.domains, made.endpoints, made.complaints)] == [1, 1, 1, 0]
