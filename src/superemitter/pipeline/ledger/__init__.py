"""The read side: what each viewer may see of the register, as frozen views."""

from __future__ import annotations

from superemitter.register import Register


class Ledger:
    """What a register shows to whom."""

    def __init__(self, register: Register) -> None:
        self.register = register
