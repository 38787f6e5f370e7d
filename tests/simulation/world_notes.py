"""What a simulated world notes of a run: who was told lies, what may have come twice, what died and when."""

from __future__ import annotations


class WorldNotes:
    def __init__(self) -> None:
        self.over = False
        self.lied_about: set[str] = set()
        self.strangers: dict[str, int] = {}
        self.unannounced: dict[str, int] = {}
        """How much of a payment somebody has refunded in the merchant's console without a word to anybody."""
        self.heard: list[tuple[str, str, float]] = []
        """Answers that came through: about what, to which process, when."""
        self.may_come_twice: set[str] = set()
        """What calls were about that the network delivered twice, or whose answer never came."""
        self.deaths: list[tuple[str, float]] = []
        self.dark: dict[str, float] = {}
        """Until when a system can't be reached."""
        self.hung_beyond: set[str] = set()
        """What hung in the HIS for longer than it states."""
        self.probed_until_s = 0.0
        """Until when workers look what waits for a system that is back."""
        self.notable: set[str] = set()
        """What somebody led the mini-program's doors into."""
