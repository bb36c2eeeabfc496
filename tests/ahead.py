"""Hosts that are made ready for their part while another part leaves the processors idle."""

from threading import Thread

from tests import parts
from tests.parts import STANDS_BACK, Command, molecule
from tests.witness import Witness


class Ahead:
    """The hosts of one scenario.

    They are created at once, before anything else goes on, since Chromium gives a page up when
    the controller's network changes; they are converged beside whatever runs then.
    """

    def __init__(self, scenario: str) -> None:
        self.scenario = scenario
        self._witness = Witness()
        self._converged = False
        self._created = parts.execute(molecule(scenario, "destroy")) and parts.execute(
            molecule(scenario, "create")
        )
        self._converging = Thread(target=self._converge, daemon=True)
        if self._created:
            self._converging.start()

    def _converge(self) -> None:
        words = (*STANDS_BACK, *molecule(self.scenario, "converge").words)
        try:
            with parts.begin(Command(words)) as process:
                parts.relay(process, self._witness, prefix="aside | ")
        except OSError as error:
            self._witness.hear(f"error: {words[0]} cannot be started: {error}\n")
        else:
            self._converged = process.returncode == 0

    def ready(self) -> bool:
        """Wait until they are; tell why where they are not."""
        if not self._created:
            self._witness.hear(f"error: the hosts of {self.scenario} were not created, see above\n")
        elif self._converging.is_alive():
            print(f"Waiting for the hosts of {self.scenario}, converged aside", flush=True)
            self._converging.join()
        if not self._converged:
            print("".join(self._witness.last_words), flush=True)
            for line in self._witness.last_words:
                parts.WITNESS.hear(line)
        return self._converged
