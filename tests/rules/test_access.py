from rules.access import Role


def test_each_role_may_do_what_those_before_it_may() -> None:
    table = [[have.covers(need) for need in Role] for have in Role]
    assert table == [[True, False, False], [True, True, False], [True, True, True]]
