"""Training sets and online features of a Lockstep project, for pandas and Arrow."""

from lockstep_features.answer import About, Answer
from lockstep_features.client import Client, get_features
from lockstep_features.errors import (
    CommandError,
    EntityError,
    EntityErrors,
    HistoryIncomplete,
    InputError,
    InvalidRequest,
    LockstepError,
    NotFound,
    NotReady,
    ServerError,
    StaleError,
    TooManyRequests,
    Unauthenticated,
    Unreachable,
)
from lockstep_features.training import training_set

__all__ = [
    "About",
    "Answer",
    "Client",
    "CommandError",
    "EntityError",
    "EntityErrors",
    "HistoryIncomplete",
    "InputError",
    "InvalidRequest",
    "LockstepError",
    "NotFound",
    "NotReady",
    "ServerError",
    "StaleError",
    "TooManyRequests",
    "Unauthenticated",
    "Unreachable",
    "get_features",
    "training_set",
]
