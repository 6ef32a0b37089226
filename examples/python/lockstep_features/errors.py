"""What can go wrong, as types. No message ever holds an API key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone


class LockstepError(Exception):
    """Anything that this package raises. `hint` says what to do, where that is known."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message}\nhint: {hint}")
        self.message = message
        self.hint = hint


class InputError(LockstepError):
    """What was given cannot be handed over exactly. Nothing was asked."""


class CommandError(LockstepError):
    """`lockstep` ended with another exit code than 0.

    `exit_code`: 1 the feature does not compile, 2 wrong usage or data, 127 there is no such command.
    `codes`: of the diagnostics, where the feature does not compile.
    """

    def __init__(
        self, message: str, hint: str | None, exit_code: int, codes: Sequence[str] = (), diagnostics: str = ""
    ) -> None:
        super().__init__(message if diagnostics == "" else f"{message}\n{diagnostics}", hint)
        self.message = message
        self.exit_code = exit_code
        self.codes = tuple(codes)
        self.diagnostics = diagnostics


class Unreachable(LockstepError):
    """No answer came: no connection, or none in time."""


class ServerError(LockstepError):
    """The server refused. `type` is its code, `status` that of HTTP, `retry_after` in seconds."""

    def __init__(
        self, type: str, message: str, hint: str | None, status: int, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{type}: {message}", hint)
        self.type = type
        self.message = message
        self.status = status
        self.retry_after = retry_after


class InvalidRequest(ServerError):
    """INVALIDINPUT or FUTURE_AS_OF."""


class Unauthenticated(ServerError):
    """No API key, or one that the server does not know."""


class NotFound(ServerError):
    """There is no such feature, version or tag."""


class TooManyRequests(ServerError):
    """Ask again after `retry_after` seconds."""


class NotReady(ServerError):
    """The server still reads its topics."""


class HistoryIncomplete(ServerError):
    """The feature looks back further than the server has everything.

    `needed_since`: None where all of the history is needed. `complete_since`: None where that is not known.
    """

    @property
    def needed_since(self) -> datetime | None:
        return _instant(r"needs \S+ since (\S+?),", self.message)

    @property
    def complete_since(self) -> datetime | None:
        return _instant(r"the store has it since (\S+)$", self.message)


class StaleError(LockstepError):
    """Much of a source could not be read, so the answer is of a part. `features`: those that read it."""

    def __init__(self, message: str, hint: str | None, features: Sequence[str]) -> None:
        super().__init__(message, hint)
        self.features = tuple(features)


@dataclass(frozen=True)
class EntityError:
    """One feature of one entity has no value. `row`: its place among the entities, from 0."""

    row: int
    feature: str
    type: str
    message: str


class EntityErrors(LockstepError):
    """Some entities have no values. `errors` has each."""

    def __init__(self, errors: Sequence[EntityError]) -> None:
        first = errors[0]
        more = "" if len(errors) == 1 else f" (and {len(errors) - 1} more)"
        super().__init__(
            f"row {first.row}: {first.feature}: {first.type}: {first.message}{more}",
            'errors="return" gives the others, and a column <feature>__error',
        )
        self.errors = tuple(errors)


_by_type: dict[str, type[ServerError]] = {
    "INVALIDINPUT": InvalidRequest,
    "FUTURE_AS_OF": InvalidRequest,
    "AUTHEXCEPTION": Unauthenticated,
    "NOTFOUND": NotFound,
    "HISTORY_INCOMPLETE": HistoryIncomplete,
    "RATELIMITEXCEEDED": TooManyRequests,
    "NOT_READY": NotReady,
}


def server_error(type: str, message: str, hint: str | None, status: int, retry_after: float | None) -> ServerError:
    return _by_type.get(type, ServerError)(type, message, hint, status, retry_after)


def _instant(pattern: str, message: str) -> datetime | None:
    found = re.search(pattern, message)
    return None if found is None else datetime.fromisoformat(found[1]).replace(tzinfo=timezone.utc)
