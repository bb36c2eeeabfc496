"""What an action says when it cannot do what was asked."""


class ActionError(Exception):
    """An action refused; the message is fit to be shown to the person who asked."""


class ConcurrencyError(ActionError):
    """Somebody else changed the record since it was read."""


class BusyError(ActionError):
    """The database undid the write in favour of another one; a second try may succeed."""


class ConflictError(ActionError):
    """The database holds something that must not exist twice."""
