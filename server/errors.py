"""What can go wrong, each class knowing how it is answered over HTTP and over a WebSocket.

Raise one of these anywhere; `server.api.answers` turns it into the one error shape and
`server.api.socket` into the close code.
"""

from __future__ import annotations

from typing import ClassVar

from crdt.errors import CloseCode


class ApiError(Exception):
    """An answer other than success.

    `message` is one sentence for people, `field` the part of the body it speaks of,
    `retry_after` in how many seconds it is worth asking again, where that is known.
    """

    retry_after: int | None = None
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    close_code: ClassVar[CloseCode] = CloseCode.INTERNAL_ERROR
    default: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        self.message = message or self.default
        self.field = field
        super().__init__(self.message)


class InvalidBody(ApiError):
    status = 400
    code = "invalid_body"
    close_code = CloseCode.BAD_FRAME
    default = "The body of the request is not valid."


class InvalidQuery(InvalidBody):
    code = "invalid_query"
    default = "The query of the address is not valid."


class TooLarge(ApiError):
    status = 413
    code = "too_large"
    close_code = CloseCode.TOO_LARGE
    default = "The request is too large."


class RequestTimeout(ApiError):
    status = 408
    code = "request_timeout"
    close_code = CloseCode.TOO_SLOW
    default = "The body of the request did not arrive in time; send it again."


class TooManyRequests(ApiError):
    status = 429
    code = "too_many_requests"
    close_code = CloseCode.TOO_FAST
    default = "That was asked too often; wait a moment and try again."

    def __init__(self, retry_after: int) -> None:
        """`retry_after`: seconds."""
        unit = "second" if retry_after == 1 else "seconds"
        super().__init__(f"That was asked too often; try again in {retry_after} {unit}.")
        self.retry_after = retry_after


class NotSignedIn(ApiError):
    status = 401
    code = "not_signed_in"
    close_code = CloseCode.NOT_SIGNED_IN
    default = "Sign in first."


class BadCredentials(ApiError):
    status = 401
    code = "bad_credentials"
    close_code = CloseCode.NOT_SIGNED_IN
    default = "The e-mail address or the password is wrong."


class BadTicket(ApiError):
    """Expired, forged, of another kind, or used without the cookie it is bound to."""

    status = 401
    code = "not_signed_in"
    close_code = CloseCode.NOT_SIGNED_IN
    default = "This ticket is not valid; ask for a new one."


class EmailTaken(ApiError):
    status = 409
    code = "email_taken"
    close_code = CloseCode.NOT_ALLOWED
    default = "There is already an account with this e-mail address."


class ForeignOrigin(ApiError):
    status = 403
    code = "foreign_origin"
    close_code = CloseCode.NOT_ALLOWED
    default = "Requests from this site are not allowed; CLIENT_URL lists the sites that are."


class NotAllowed(ApiError):
    status = 403
    code = "not_allowed"
    close_code = CloseCode.NOT_ALLOWED
    default = "You are not allowed to do this."


class Removed(NotAllowed):
    """The host took this person out of the session; an invitation made later lets them in."""

    code = "removed"
    default = "The host removed you from this session."


class WrongPassword(ApiError):
    """The caller is signed in, but does not know the password that is to be changed."""

    status = 403
    code = "wrong_password"
    close_code = CloseCode.NOT_ALLOWED
    default = "The current password is wrong."


class AccountsOff(ApiError):
    """People sign in elsewhere: there are no passwords here, and names come from there."""

    status = 403
    code = "accounts_off"
    close_code = CloseCode.NOT_ALLOWED
    default = "This server has no accounts of its own; sign in as its sign-in page says."


class ExchangeOff(ApiError):
    status = 403
    code = "exchange_off"
    close_code = CloseCode.NOT_ALLOWED
    default = "This server takes no tokens of others; sign in with e-mail and password."


class IssuerUnavailable(ApiError):
    """Whoever issues the tokens could not be asked; the token may well be good."""

    status = 503
    code = "issuer_unavailable"
    retry_after = 5  # no sooner is it asked again itself
    close_code = CloseCode.STORAGE_UNAVAILABLE
    default = "The sign-in service cannot be reached right now; try again in a moment."


class BadSignature(ApiError):
    status = 401
    code = "bad_signature"
    close_code = CloseCode.NOT_SIGNED_IN
    default = "The webhook's signature is missing, wrong or too old."


class WebhookReplayed(ApiError):
    status = 409
    code = "webhook_replayed"
    close_code = CloseCode.NOT_ALLOWED
    default = "This webhook was delivered before."


class GuestsCannot(ApiError):
    status = 403
    code = "guests_cannot"
    close_code = CloseCode.NOT_ALLOWED
    default = "Guests cannot do this; make an account first."


class NoSuchSession(ApiError):
    status = 404
    code = "no_such_session"
    close_code = CloseCode.NO_SUCH_SESSION
    default = "There is no such session."


class NoSuchDocument(NoSuchSession):
    """The journal holds nothing for this room: it was never seeded."""


class NoSuchProblem(ApiError):
    status = 404
    code = "no_such_problem"
    close_code = CloseCode.NO_SUCH_SESSION
    default = "There is no such problem."


class UnknownProblem(NoSuchProblem):
    """The problem is named in a body, so the request is what is wrong."""

    status = 400


class TitleTaken(ApiError):
    status = 409
    code = "title_taken"
    close_code = CloseCode.NOT_ALLOWED
    default = "You have a problem of this title already."


class TooManyProblems(ApiError):
    status = 409
    code = "too_many_problems"
    close_code = CloseCode.NOT_ALLOWED
    default = "You have as many problems as one person may have; delete one first."


class PracticeSession(ApiError):
    """Practice is for one alone and has no end."""

    status = 400
    code = "practice"
    close_code = CloseCode.NOT_ALLOWED
    default = "This session is solo practice: nobody else can join it, and it has no end."


class NoSuchPerson(ApiError):
    status = 404
    code = "no_such_person"
    close_code = CloseCode.NO_SUCH_SESSION
    default = "There is no such person in this session."


class NoSuchInvite(ApiError):
    status = 404
    code = "no_such_invite"
    close_code = CloseCode.NO_SUCH_SESSION
    default = "There is no such invitation."


class NoSuchPicture(ApiError):
    status = 404
    code = "no_such_picture"
    close_code = CloseCode.NO_SUCH_SESSION
    default = "There is no such picture."


class InviteExpired(ApiError):
    status = 400
    code = "invite_expired"
    close_code = CloseCode.NOT_ALLOWED
    default = "This invitation has expired; ask for a new one."


class SessionFull(ApiError):
    status = 409
    code = "session_full"
    close_code = CloseCode.NOT_ALLOWED
    default = "Somebody else is already being interviewed in this session."


class TooManyPeople(ApiError):
    status = 409
    code = "too_many_people"
    close_code = CloseCode.NOT_ALLOWED
    default = "As many people watch this session as may; the host can remove some."


class SessionEnded(ApiError):
    status = 400
    code = "session_ended"
    close_code = CloseCode.SESSION_ENDED
    default = "This session has ended."


class OwnSession(ApiError):
    status = 400
    code = "own_session"
    close_code = CloseCode.NOT_ALLOWED
    default = "You host this session; you cannot be its participant."


class RunnerOff(ApiError):
    status = 503
    code = "runner_off"
    close_code = CloseCode.NOT_ALLOWED
    default = "Running code is not possible on this server."


class RunBusy(ApiError):
    status = 409
    code = "run_busy"
    close_code = CloseCode.TOO_FAST
    default = "A run is already going; wait for it or stop it."


class TooManyListeners(ApiError):
    status = 429
    code = "too_many"
    close_code = CloseCode.TOO_FAST
    default = "Too many pages of yours are open; close some."


class StreamOff(ApiError):
    status = 403
    code = "stream_off"
    close_code = CloseCode.NOT_ALLOWED
    default = "Stream carries no calls on this server: STREAM_API_KEY is not set."


class RecordingConsent(ApiError):
    status = 409
    code = "recording_consent"
    close_code = CloseCode.NOT_ALLOWED
    default = "Not everybody in the call has agreed to being recorded; ask them first."


class CallsUnavailable(ApiError):
    """Whatever carries calls could not be asked; the session itself goes on without it."""

    status = 503
    code = "calls_unavailable"
    retry_after = 5
    close_code = CloseCode.STORAGE_UNAVAILABLE
    default = "The service for calls cannot be reached right now; try again in a moment."


class StorageUnavailable(ApiError):
    """The database could not be reached; what was asked for may well exist."""

    retry_after = 2
    status = 503
    code = "storage_unavailable"
    close_code = CloseCode.STORAGE_UNAVAILABLE
    default = "The database cannot be reached right now; try again in a moment."


class NotFound(ApiError):
    status = 404
    code = "not_found"
    close_code = CloseCode.NO_SUCH_SESSION
    default = "There is nothing at this address."


class MethodNotAllowed(ApiError):
    status = 405
    code = "method_not_allowed"
    close_code = CloseCode.BAD_FRAME
    default = "This address does not take this method."


class StartupError(Exception):
    """The server cannot start; the text is one sentence that says what to do about it."""
