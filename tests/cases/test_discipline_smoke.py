from tests.walks import discipline as walk, triage
from cases.discipline.decisions import *
import pytest
@pytest.mark.parametrize("offence,grade",[("absence","D"),("gift-accepted","C"),("bribe-solicited","C"),("bribe-solicited","A")])
def test_smoke(world, offence, grade):
    case = triage.open_case(world, offence=offence, grade_band=grade)
    walk.to_notified(world, case)
    d = decision_in_force(case)
    k = walk.supervising(world, case).keys
    print(case.state, d.authority.username, d.authority_code, d.endorser, d.open(k,"sanction"), k.count)
