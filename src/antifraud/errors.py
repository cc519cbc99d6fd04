"""Every error a user can meet, as one tree; the command line prints the message and exits with `exit_code`."""


class AntifraudError(Exception):
    """Something failed; the message says where, what was found, what would fit and what to do."""

    exit_code = 1


class UsageError(AntifraudError):
    """The command, its options or its config are wrong; nothing was started."""

    exit_code = 2


class ConfigError(UsageError):
    """A config key is unknown or its value does not fit."""


class PackError(UsageError):
    """A scenario pack breaks its schema or its own references."""


class RecordError(AntifraudError):
    """A line of a record file is not the record it should be."""


class StoreError(AntifraudError):
    """A file could not be written, is locked by another process, or disagrees with its manifest."""


class EngineError(AntifraudError):
    """An engine is not installed, cannot start, or stopped working."""


class ServiceError(AntifraudError):
    """A service outside cannot be used as it is set up: no key, wrong key, unknown model, nobody there."""


class Unanswered(ServiceError):
    """A service gave no usable answer to one request in all attempts; other records may go on."""


class BudgetReached(ServiceError):
    """The next request could pass the budget; everything paid for is kept."""


class IntegrityError(AntifraudError):
    """A release or benchmark differs from its manifest."""


class Leak(IntegrityError):
    """A call and its like would stand on two sides of a split, or a real call names somebody; nothing was written."""


class ContaminationError(AntifraudError):
    """Calls meant for a benchmark are known from a release or from another benchmark."""


class TooManyRejected(AntifraudError):
    """A stage rejected a larger share of its records than the config allows."""

    exit_code = 3


class BelowStandard(AntifraudError):
    """A set of dialogues breaks a limit of the audit, so that nothing was packed or frozen."""

    exit_code = 3


class Interrupted(AntifraudError):
    """The user stopped the command; everything finished is on disk."""

    exit_code = 130
