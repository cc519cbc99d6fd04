"""The closed sets of labels: what a call, a turn and a rejected record can be.

Label values are the Chinese labels of TeleAntiFraud-28k (arXiv 2503.24115) and of the Ministry of Public
Security's 2025 handbook.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Scene(StrEnum):
    """What the call is about on its face; applies to every call."""

    DINING = "订餐服务"
    CONSULTATION = "咨询客服"
    APPOINTMENT = "预约服务"
    TRANSPORT = "交通咨询"
    SHOPPING = "日常购物"
    RIDE_HAILING = "打车服务"
    FOOD_DELIVERY = "外卖服务"


class FraudType(StrEnum):
    """The eight types of the released TeleAntiFraud code; its paper counts seven, without 邮件诈骗."""

    INVESTMENT = "投资诈骗"
    PHISHING = "钓鱼诈骗"
    IDENTITY_THEFT = "身份盗窃"
    LOTTERY = "彩票诈骗"
    BANKING = "银行诈骗"
    KIDNAPPING = "绑架诈骗"
    CUSTOMER_SERVICE = "客服诈骗"
    PARCEL = "邮件诈骗"


class OfficialCategory(StrEnum):
    """The ten categories of the Ministry of Public Security's 2025 handbook."""

    FAKE_ORDERS = "刷单返利"
    INVESTMENT = "虚假网络投资理财"
    SHOPPING = "虚假购物服务"
    CUSTOMER_SERVICE = "冒充电商物流客服"
    LOAN_CREDIT = "贷款征信"
    ACQUAINTANCE = "冒充领导熟人"
    AUTHORITIES = "冒充公检法"
    ROMANCE = "婚恋交友"
    GAMING = "网络游戏产品虚假交易"
    FLIGHT_CHANGE = "机票退改签"


FraudLabel = FraudType | OfficialCategory
"""A label of either set; no value is in both."""


class LabelSet(StrEnum):
    """Which labels name the kind of a fraud."""

    TELEANTIFRAUD = "teleantifraud"
    OFFICIAL = "official"

    @property
    def labels(self) -> tuple[FraudLabel, ...]:
        """Every label of the set."""
        return tuple(FraudType) if self is LabelSet.TELEANTIFRAUD else tuple(OfficialCategory)


class Speaker(StrEnum):
    """Who speaks: the caller is the left audio channel, the callee the right one."""

    CALLER = "caller"
    CALLEE = "callee"


class Act(StrEnum):
    """What a turn does, whatever its topic."""

    # the caller's, neutral: both fraud and lawful calls are full of them
    IDENTITY_CLAIM = "identity_claim"
    TRUE_DETAIL = "true_detail"
    INFORM = "inform"
    ALARM_OR_GAIN = "alarm_or_gain"
    PROOF = "proof"
    CHANNEL_SWITCH = "channel_switch"
    ASK_DETAIL = "ask_detail"
    ASK_AGREEMENT = "ask_agreement"
    URGENCY = "urgency"
    EXPLAIN = "explain"
    REASSURE = "reassure"
    QUOTE_WARNING_AS_COVER = "quote_warning_as_cover"
    THREAT = "threat"
    UPSELL = "upsell"
    REPEAT = "repeat"
    WAIT = "wait"
    CLOSE = "close"
    # the caller's, decisive for fraud
    ASK_SECRET = "ask_secret"
    ASK_REMOTE_CONTROL = "ask_remote_control"
    ASK_TRANSFER = "ask_transfer"
    ASK_PREPAYMENT = "ask_prepayment"
    SECRECY = "secrecy"
    REFUSE_VERIFICATION = "refuse_verification"
    ULTIMATUM = "ultimatum"
    # the caller's, safe: they leave the callee free to check, to wait and to pay where it is official
    ALLOW_VERIFY = "allow_verify"
    ACCEPT_HANGUP = "accept_hangup"
    ORIGINAL_ROUTE = "original_route"
    OFFICIAL_PAYMENT = "official_payment"
    WARN = "warn"
    NO_PRESSURE = "no_pressure"
    # the callee's
    ACKNOWLEDGE = "acknowledge"
    ASK_QUESTION = "ask_question"
    DOUBT = "doubt"
    REPORTED_SPEECH = "reported_speech"
    ASK_VERIFY = "ask_verify"
    INDEPENDENT_CHECK = "independent_check"
    COMPLY = "comply"
    HESITATE = "hesitate"
    REFUSE = "refuse"
    MISHEARD = "misheard"
    DISTRACTED = "distracted"
    BACKCHANNEL = "backchannel"
    GOODBYE = "goodbye"


FRAUD_ACTS: Final = frozenset(
    {
        Act.ASK_SECRET,
        Act.ASK_REMOTE_CONTROL,
        Act.ASK_TRANSFER,
        Act.ASK_PREPAYMENT,
        Act.SECRECY,
        Act.REFUSE_VERIFICATION,
        Act.ULTIMATUM,
    }
)
"""Acts that make a call fraud whatever its topic; a lawful call holds none of them."""

CALLEE_ACTS: Final = (
    Act.ACKNOWLEDGE,
    Act.ASK_QUESTION,
    Act.DOUBT,
    Act.REPORTED_SPEECH,
    Act.ASK_VERIFY,
    Act.INDEPENDENT_CHECK,
    Act.COMPLY,
    Act.HESITATE,
    Act.REFUSE,
    Act.MISHEARD,
    Act.DISTRACTED,
    Act.BACKCHANNEL,
    Act.GOODBYE,
)
"""Acts of the callee; all others are the caller's."""

SAFE_ACTS: Final = frozenset(
    {
        Act.ALLOW_VERIFY,
        Act.ACCEPT_HANGUP,
        Act.ORIGINAL_ROUTE,
        Act.OFFICIAL_PAYMENT,
        Act.WARN,
        Act.NO_PRESSURE,
    }
)
"""Acts that speak for a lawful call; a fraudster may imitate them, so they prove nothing alone."""


class Emotion(StrEnum):
    """The ten emotions of TeleAntiFraud 2.0 (arXiv 2609.18748)."""

    NEUTRAL = "neutral"
    PROFESSIONAL = "professional"
    URGENT = "urgent"
    FEARFUL = "fearful"
    CONFUSED = "confused"
    SUSPICIOUS = "suspicious"
    ANGRY = "angry"
    RELIEVED = "relieved"
    SAD = "sad"
    SURPRISED = "surprised"


class Codec(StrEnum):
    """How a telephone line carries a voice."""

    NONE = "none"
    ALAW = "alaw"
    """ITU-T G.711 A-law, 64 kbit/s: landlines outside North America and Japan."""
    ULAW = "ulaw"
    """ITU-T G.711 mu-law, 64 kbit/s."""
    AMR_NB = "amr-nb"
    """3GPP TS 26.071, 4.75 to 12.2 kbit/s: mobile calls."""
    OPUS = "opus"
    """RFC 6716 at a low rate: calls over the internet."""


class Noise(StrEnum):
    """What is heard behind a speaker."""

    NONE = "none"
    HUM = "hum"
    BABBLE = "babble"
    STREET = "street"
    ROOM = "room"


class Outcome(StrEnum):
    """How a call ends for the callee."""

    COMPLIED = "complied"
    REFUSED = "refused"
    SETTLED = "settled"
    DECLINED = "declined"
    WILL_VERIFY = "will_verify"
    UNRESOLVED = "unresolved"
    UNKNOWN = "unknown"
    """Only calls from elsewhere, whose files do not tell."""


FRAUD_OUTCOMES: Final = (Outcome.COMPLIED, Outcome.REFUSED, Outcome.WILL_VERIFY, Outcome.UNRESOLVED)
LAWFUL_OUTCOMES: Final = (Outcome.SETTLED, Outcome.DECLINED, Outcome.WILL_VERIFY, Outcome.UNRESOLVED)


class Awareness(StrEnum):
    """How much the callee knows of fraud."""

    LOW = "低"
    MIDDLE = "中"
    HIGH = "高"


class AgeBand(StrEnum):
    """Age bands of TeleAntiFraud-28k's profile grid, in years."""

    A18_25 = "18-25"
    A26_40 = "26-40"
    A41_55 = "41-55"
    A56_70 = "56-70"

    @property
    def years(self) -> range:
        """Every age in the band."""
        low, high = map(int, self.value.split("-"))
        return range(low, high + 1)


def age_band(age: int) -> AgeBand:
    """Return the band an age of 18 to 70 years lies in.

    Raises:
        ValueError: the age is outside every band.
    """
    for band in AgeBand:
        if age in band.years:
            return band
    raise ValueError(f"age {age} is outside 18 to 70")


class RejectReason(StrEnum):
    """Why a record did not become a result."""

    # dialogue and intake
    UNREADABLE = "unreadable"
    DUPLICATE_ID = "duplicate_id"
    EMPTY_TURN = "empty_turn"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    DOUBLE_TURN = "double_turn"
    WRONG_OPENING = "wrong_opening"
    UNFILLED_SLOT = "unfilled_slot"
    PLACEHOLDER = "placeholder"
    STAGE_DIRECTION = "stage_direction"
    MARKUP = "markup"
    FOREIGN_LETTERS = "foreign_letters"
    ENGLISH_LEAK = "english_leak"
    API_ERROR = "api_error"
    CONTROL_TOKEN = "control_token"
    LABEL_MISMATCH = "label_mismatch"
    COPIED_RUN = "copied_run"
    NEAR_DUPLICATE = "near_duplicate"
    ENDING_MISMATCH = "ending_mismatch"
    UNUSABLE_ANSWER = "unusable_answer"
    """A model's answer was not what was asked for, also after a repair."""
    NO_ANSWER = "no_answer"
    """A service gave no answer in all attempts."""
    NO_LABEL = "no_label"
    """Nobody said whether a call from outside is fraud."""
    NO_TIMES = "no_times"
    """The two sides were written down apart, without the times that would put them in order."""
    NOT_TWO_SIDES = "not_two_sides"
    """One side alone, both in one channel, or more than two people."""
    SILENT = "silent"
    TRUNCATED = "truncated"
    """A recording is shorter than its own head says."""
    # speech
    UNSPEAKABLE = "unspeakable"
    SPEECH_FAILED = "speech_failed"
    BAD_AUDIO = "bad_audio"
    # annotation
    NO_ACTS = "no_acts"
    NO_RIGHT_RATIONALE = "no_right_rationale"
    UNPROVEN = "unproven"
