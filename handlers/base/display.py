"""How money and time are written for people on the pages."""

from __future__ import annotations

from datetime import datetime

from server.core.days import day_text, hospital_day, hospital_time, moment_text
from server.core.money import yuan_text
from server.patients.model import mask_card, mask_name


def yuan(fen: int) -> str:
    """123456 → ``¥1,234.56``"""
    return f"-¥{yuan_text(-fen)}" if fen < 0 else f"¥{yuan_text(fen)}"


def day(moment: datetime) -> str:
    """``11月23日``, of the hospital's day."""
    return day_text(hospital_day(moment))


def dated(moment: datetime) -> str:
    """``2026年11月23日``, of the hospital's day."""
    local = hospital_time(moment)
    return f"{local.year}年{local.month}月{local.day}日"


def day_and_time(moment: datetime) -> str:
    """``2026年11月23日 09:30``, in the hospital's time: a line breaks at the blank only."""
    return f"{dated(moment)} {hospital_time(moment):%H:%M}"


def short_time(moment: datetime) -> str:
    """``11月23日 09:30``, where seconds tell a reader nothing."""
    return moment_text(moment)


def clock_time(moment: datetime) -> str:
    """``11月23日 09:30:05``, for lines that follow each other within seconds."""
    return f"{day(moment)} {hospital_time(moment):%H:%M:%S}"


def patient_text(name: str, card_no: str) -> str:
    """``张*甜 就诊卡 ****0001``: masked names of siblings may be the same, their cards are not. Of somebody who was erased nothing."""
    return f"{mask_name(name)} {card_named(mask_card(card_no))}" if card_no else mask_name(name)


def card_named(card_masked: str) -> str:
    """``就诊卡 ****0001``, which no end of a line takes apart."""
    return f"就诊卡\u00a0{card_masked}"


def quantity(text: str, unit: str) -> str:
    """``2.00`` 盒 → ``2盒``; what is no plain decimal is shown as the HIS wrote it."""
    plain = text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "", 1).isdigit() else text
    return f"{plain}{unit}"
