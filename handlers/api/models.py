"""What the API asks and answers: each request is checked by these, each answer made from these, and the OpenAPI document is these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    create_model,
    model_validator,
)

from handlers.base.errors import codes
from server.core.days import hospital_time
from server.core.typed import TYPED_CHARS_MAX
from server.patients.relations import Relation

Moment = Annotated[
    datetime,
    PlainSerializer(lambda at: hospital_time(at).isoformat(timespec="seconds"), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,64}$")]
Typed = Annotated[str, StringConstraints(min_length=1, max_length=TYPED_CHARS_MAX)]
"""What a person typed, as it is: `core.typed` reads it, and says in their words what is wrong with it."""
Phone = Annotated[str, StringConstraints(max_length=TYPED_CHARS_MAX)]
"""A mobile number as it was typed, or nothing."""
Look = Literal["success", "waiting", "warn", "info"]
"""The colour in which a state is shown."""
PAGE_MAX = 50


class Asked(BaseModel):
    """A request. What is not known here is refused, so that a misspelt field is noticed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, defer_build=True
    )  # built when first used, so that a start does not wait for all of them


class Told(BaseModel):
    """An answer. Every field of it is always there."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_serialization_defaults_required=True, defer_build=True
    )


class Problem(Told):
    """RFC 9457. ``code`` is stable, ``detail`` is for the person, ``reference`` finds the line in our log.
    ``amount_fen`` comes with ``bill_changed`` where only the sum is another one now, and is left out elsewhere."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    type: str
    title: str
    status: int
    code: Annotated[str, Field(json_schema_extra={"enum": [one.code for one in codes()]})]
    detail: str
    reference: str
    retry: bool
    amount_fen: int | None = None


# ---- session and person --------------------------------------------------------------------------------------------------------


class LoginAsked(Asked):
    """``code`` of wx.login."""

    code: Code


class RotationAsked(Asked):
    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Tokens(Told):
    """``expires_in`` in seconds. The refresh token is good once."""

    access_token: str
    refresh_token: str
    expires_in: int


class HospitalTold(Told):
    name: str
    help_phone: str


class SubscriptionTold(Told):
    purpose: str
    template_id: str
    title: str


class Me(Told):
    phone_masked: str | None
    hospital: HospitalTold
    subscriptions: list[SubscriptionTold]


class PhoneAsked(Asked):
    """``code`` of the getPhoneNumber button."""

    code: Code


class PhoneTold(Told):
    phone_masked: str


class SubscriptionsAsked(Asked):
    """What wx.requestSubscribeMessage answered, by template."""

    results: Annotated[
        dict[
            Annotated[str, StringConstraints(min_length=1, max_length=128)],
            Literal["accept", "reject", "ban", "filter", "acceptWithAudio", "acceptWithAlert"],
        ],
        Field(max_length=10),
    ]


class SubscriptionsTold(Told):
    """How many messages may still be sent, by purpose."""

    counts: dict[str, int]


class NoticeTold(Told):
    id: str
    title: str
    text: str
    at: Moment


# ---- scans and cards -----------------------------------------------------------------------------------------------------------


class ScanAsked(Asked):
    """``content``: the text that wx.scanCode read."""

    content: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class ScanTold(Told):
    name_masked: str
    expires_at: Moment


Family = Literal["child", "ward", "parent", "spouse", "other"]


class CardTold(Told):
    """``own``: bound as the patient's own card; of such a card the bindings can be listed and cut. ``relation``: what the patient is to
    whoever bound the card, ``self`` of an own card; null where nobody said it.
    """

    card_key: str
    name_masked: str
    card_masked: str
    own: bool
    relation: Relation | None


class BindingTold(Told):
    """One binding of one's own card. ``client``: in which app; ``since``: null where it was not noted; ``mine``: of who asks."""

    binding_key: str
    client: str
    since: Moment | None
    mine: bool


class CardCodeAsked(Asked):
    """A card typed by hand (card_no and name), or one of a scan (card_key)."""

    card_no: Typed | None = None
    name: Typed | None = None
    card_key: Key | None = None

    @model_validator(mode="after")
    def _names_one(self) -> CardCodeAsked:
        typed = self.card_no is not None and self.name is not None
        if typed == (self.card_key is not None) or (self.card_no is None) != (self.name is None):
            raise ValueError("card_no and name, or card_key")
        return self


class CardCodeTold(Told):
    card_key: str
    phone_masked: str
    valid_seconds: int


class CardAsked(Asked):
    """``code``: as it was typed or pasted. ``own``: whoever binds it is the patient, and not somebody of their family. ``family``: what the
    patient of somebody else's card is to whoever binds it (``ward``: they are the patient's guardian); without it what was said before stays.
    """

    card_key: Key
    code: Typed
    own: bool = False
    family: Family | None = None


class CardRelationAsked(Asked):
    """What the patient of a card that is bound already is to whoever bound it; null takes back what was said."""

    family: Family | None


def page_of(item: Any, base: type[Told] = Told) -> type[BaseModel]:
    """The list answer of ``item``: ``next`` is the cursor of the following page, or null; it always is where no cursor is taken."""
    return create_model(
        f"{item.__name__.removesuffix('Told')}Page", __base__=base, items=(list[item], ...), next=(str | None, ...)
    )


class PerhapsPart(Told):
    """``note``: that the hospital's system did not answer about every card, whose lines are then missing; else empty."""

    note: str


CardPage = page_of(CardTold)
BindingPage = page_of(BindingTold)
NoticePage = page_of(NoticeTold)
