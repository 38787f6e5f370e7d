"""The hospital's own people in a run that pays for stays: patients leave, and the window takes settlements back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.hospital.errors import No
from tests.simulation.chance import picked
from tests.simulation.script import Step
from tests.simulation.staff import Staff
from tests.simulation.stays import Stays

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


class WardStaff(Staff):
    def __init__(self, world: SimulatedWorld, stays: Stays) -> None:
        super().__init__(world)
        self._stays = stays

    def _leave(self, step: Step) -> str:
        """A patient leaves the ward; nothing is settled yet."""
        able = [one for one in self._stays.admissions() if one["state"] == "admitted"]
        if not able:
            return "nobody is left"
        return str(self._stays.wards.discharge(picked(able, step.dial)["card_no"])["admission_no"])

    def _take_back(self, step: Step) -> str:
        """The window takes a settlement back that had nothing to pay, or whose payment has gone back."""
        settled = [one for one in self._stays.admissions() if one["state"] == "settled"]
        if not settled:
            return "nothing is settled"
        try:
            self._stays.wards.settling.take_back(picked(settled, step.dial))
        except No as refused:
            return refused.code
        self._world.notable.add("taken back")
        return "taken back"
