"""Invented people: the ones with phones, who are also patients of the demo hospital."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

PREFIX = "1990000"  # a number block that no operator gives to anyone's phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """``number`` is that of the phones: ``wechat-3.localhost`` is person 3's."""

    number: int
    name: str
    sex: str
    birth_date: str
    phone: str
    id_no: str
    cards: tuple[str, ...]
    openid: str
    mini_openid: str
    unionid: str
    alipay_user_id: str
    alipay_open_id: str
    follows: bool
    staff_role: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All by which the sandbox knows them."""
        ids = (self.openid, self.mini_openid, self.alipay_user_id, self.alipay_open_id)
        return (str(self.number), *ids, self.phone, self.name, *self.cards)


_NAMED = (
    ("张甜甜", "female", "1952-03-08", True, ""),
    ("李平安", "male", "1988-07-15", False, ""),
    ("王测试", "male", "1975-11-30", True, ""),
    ("赵虚构", "female", "2001-01-20", False, ""),
    ("陈样例", "female", "1966-05-05", True, ""),
    ("周收费", "female", "1990-09-09", True, "cashier"),
    ("吴审批", "male", "1979-02-14", True, "approver"),
    ("郑财务", "female", "1983-12-01", True, "finance"),
    ("孙管理", "male", "1985-06-18", True, "admin"),
)


def _mark(number: int, what: str) -> str:
    return hashlib.sha256(f"zhenfu sandbox {what} {number}".encode()).hexdigest()


def invented_people() -> tuple[Person, ...]:
    """The same nine on every machine. Their ID numbers have an area code 999999 that does not exist."""
    return tuple(
        Person(
            number=number,
            name=name,
            sex=sex,
            birth_date=birth,
            phone=f"{PREFIX}{number:04d}",
            id_no=f"999999{birth.replace('-', '')}{number:03d}X",
            cards=(f"8800{number:06d}",),
            openid=f"oZF{_mark(number, 'openid')[:25]}",
            mini_openid=f"mZF{_mark(number, 'mini openid')[:25]}",
            unionid=f"uZF{_mark(number, 'unionid')[:25]}",
            alipay_user_id=f"2088{int(_mark(number, 'alipay')[:12], 16) % 10**12:012d}",
            alipay_open_id=f"0{_mark(number, 'alipay open_id')[:46]}",
            follows=follows,
            staff_role=role,
        )
        for number, (name, sex, birth, follows, role) in enumerate(_NAMED, start=1)
    )
