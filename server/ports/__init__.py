"""The small Protocols through which services reach the world. Adapters implement them; tests and the simulation play them.

Every call of an outside system raises only what `server.domain.errors` names: OutcomeUnknown (it may have been done), NotSent
(surely not done) or OutsideRefusal (the other side's explicit final word). Anything else is a bug of the adapter.

One file per kind of neighbour; import from here.
"""

from server.domain.alerts import Alert
from server.ports.alert_store import AlertStore
from server.ports.documents import DocumentStore
from server.ports.hospital import Announcement, Hospital, RefundRules
from server.ports.hospital_system import (
    ConfirmRequest,
    HisCapabilities,
    HisDoor,
    HospitalSystem,
    RefundAsked,
    RefundTold,
)
from server.ports.mini_program import MiniProgram, Subscription
from server.ports.patients_hospital import PatientDirectory, PatientsHospital
from server.ports.payment_channel import ChannelCapabilities, ClientCall, PaymentChannel, VerifiedNotification
from server.ports.people import (
    NO_TEMPLATE,
    ChatAccount,
    ChatMessage,
    ChatReply,
    DeliveryReport,
    Identity,
    Messenger,
    Notice,
    Sms,
)
from server.ports.persons import PersonStore
from server.ports.pulses import Pulse, PulseStore
from server.ports.staff_facts import StaffFactStore
from server.ports.stores import (
    ANSWERS_MAX,
    AuditStore,
    CardStore,
    PaymentStore,
    ScannedBills,
    Session,
    SessionStore,
    ShortLivedStore,
    StaffStore,
    Stores,
    UnclaimedMoney,
    UnclaimedStore,
)
from server.ports.transport import (
    Clock,
    HttpRequest,
    HttpResponse,
    Ids,
    RawReply,
    RawRequest,
    Sealer,
    SureClock,
    Transport,
)
from server.ports.unreadable import UnreadableDocument

__all__ = [
    "ANSWERS_MAX",
    "NO_TEMPLATE",
    "Alert",
    "AlertStore",
    "Announcement",
    "AuditStore",
    "CardStore",
    "ChannelCapabilities",
    "ChatAccount",
    "ChatMessage",
    "ChatReply",
    "ClientCall",
    "Clock",
    "ConfirmRequest",
    "DeliveryReport",
    "DocumentStore",
    "HisCapabilities",
    "HisDoor",
    "Hospital",
    "HospitalSystem",
    "HttpRequest",
    "HttpResponse",
    "Identity",
    "Ids",
    "Messenger",
    "MiniProgram",
    "Notice",
    "PatientDirectory",
    "PatientsHospital",
    "PaymentChannel",
    "PaymentStore",
    "PersonStore",
    "Pulse",
    "PulseStore",
    "RawReply",
    "RawRequest",
    "RefundAsked",
    "RefundRules",
    "RefundTold",
    "ScannedBills",
    "Sealer",
    "Session",
    "SessionStore",
    "ShortLivedStore",
    "Sms",
    "StaffFactStore",
    "StaffStore",
    "Stores",
    "Subscription",
    "SureClock",
    "Transport",
    "UnclaimedMoney",
    "UnclaimedStore",
    "UnreadableDocument",
    "VerifiedNotification",
]
