"""Errors that say what is wrong and what to type next."""


class TestbedError(Exception):
    """Something a person must know: what is wrong, and what to do about it."""

    __test__ = False

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        if not self.remedy:
            return self.problem
        return f"{self.problem}\n  What to do: {self.remedy}"
