"""Why a login through the provider failed, in words for people; details go to the log."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Answer:
    """A page: its status, its heading and what it says to do."""

    status: int
    heading: str
    advice: str


_BROKEN = (
    "Nothing is wrong with your account. If this happens again, tell an administrator of this site."
)


class Reason(Enum):
    """Every way in which it can fail."""

    STALE = Answer(
        400,
        "This login is too old",
        "It was begun too long ago, in another browser, or your browser keeps no cookies for this "
        "site. Please begin once more.",
    )
    ADDRESS = Answer(
        400,
        "This is not the address of this site",
        "The provider would send you back to another address than the one you came to, so that a "
        "login from here cannot work. Please tell an administrator of this site.",
    )
    DENIED = Answer(403, "You were not logged in", "The login was cancelled at the provider.")
    EXPIRED = Answer(
        403,
        "The provider's answer has expired",
        "What the provider said of you was not valid any more when it arrived. Please begin once "
        "more; if that does not help, the clock of this site or of the provider may be wrong.",
    )
    UNTRUSTED = Answer(
        502,
        "The provider's answer cannot be trusted",
        f"It did not prove that it comes from the provider and is meant for this login. {_BROKEN}",
    )
    MISMATCH = Answer(
        502,
        "The provider is not the one that was expected",
        f"It gives itself another name than the one this site knows it by. {_BROKEN}",
    )
    REFUSED = Answer(
        502,
        "The provider refused this site",
        f"It does not accept the request of this site. {_BROKEN}",
    )
    UNREACHABLE = Answer(
        502,
        "The provider does not answer",
        f"Please try again in a few minutes. {_BROKEN}",
    )
    NO_ADDRESS = Answer(
        403,
        "Your e-mail address is missing",
        "The provider did not give your e-mail address, and without one there can be no account "
        "here. Please ask whoever runs the provider.",
    )
    UNCONFIRMED = Answer(
        403,
        "Your e-mail address is not confirmed",
        "Please confirm it at the provider, then log in here again.",
    )
    TAKEN = Answer(
        403,
        "There is an account with your e-mail address already",
        "It was not made through the provider, so that it is not opened by it. Please ask an "
        "administrator of this site.",
    )
    NOT_ALLOWED = Answer(
        403,
        "You have no access to this site",
        "The provider knows you, but you do not belong to those who may enter here. Please ask "
        "whoever gives out access in your organisation.",
    )
    BUSY = Answer(
        409,
        "Please log in once more",
        "Somebody was being registered at the same moment, so nothing was saved.",
    )


class ProviderError(Exception):
    """A login through the provider failed: `reason` for the person, `detail` for the log."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
