"""What is typed finds departments and doctors."""

from __future__ import annotations

import pytest

from server.registration.rules.searching import found, found_doctors
from tests.support.registrations import a_department, a_doctor

DEPARTMENTS = (
    a_department(),
    a_department(department_no="D02", name="测试外科", input_code="CSWK"),
    a_department(department_no="D03", name="Ｔｅｓｔ 门诊", input_code=""),
)
LI, WANG, AI = (
    a_doctor(),
    a_doctor(doctor_no="2001", name="王样本", department_no="D02", department="测试外科", input_code="WYB"),
    a_doctor(doctor_no="2002", name="艾力·买买提", department_no="D02", department="测试外科", input_code="AL"),
)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("", ["D01", "D02", "D03"]),
        ("内科", ["D01"]),
        (" 外 科 ", ["D02"]),
        ("cs", ["D01", "D02"]),
        ("ＣＳＷ", ["D02"]),
        ("sn", []),
        ("test", ["D03"]),
        ("眼科", []),
    ],
)
def test_departments_are_found_by_a_part_of_the_name_and_by_their_first_initials(
    typed: str, numbers: list[str]
) -> None:
    assert [one.department_no for one in found(DEPARTMENTS, typed)] == numbers


@pytest.mark.parametrize(
    ("typed", "doctors"),
    [
        ("", ()),
        ("李", (LI,)),
        ("lx", (LI,)),
        ("xg", ()),
        ("王 样本", (WANG,)),
        ("艾力・买买提", (AI,)),
        ("外科", (WANG, AI)),
        ("测试", (LI, WANG, AI)),
        ("赵", ()),
    ],
)
def test_doctors_are_found_by_name_by_initials_and_by_department(typed: str, doctors: tuple[object, ...]) -> None:
    assert found_doctors((LI, WANG, AI), typed) == doctors


def test_who_is_found_by_name_stands_before_the_rest_of_the_department() -> None:
    named_like_it = a_doctor(doctor_no="9", name="外科虚构", department_no="D09", department="眼科")
    assert found_doctors((WANG, named_like_it), "外科") == (named_like_it, WANG)
