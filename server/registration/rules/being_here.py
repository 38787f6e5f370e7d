"""到院签到 by place: is a position inside one of the hospital's places? Pure; nobody keeps a position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from server.core.errors import NotAllowed
from server.registration.texts import NOT_HERE, UNSURE_WHERE

EARTH_M = 6_371_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Degrees of WGS 84, and within how many metres of it the phone is likely to be."""

    latitude: float
    longitude: float
    accuracy_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place of the hospital: whoever is within ``metres`` of it is here. ``point`` names it to the HIS, as a code at a clinic."""

    point: str
    latitude: float
    longitude: float
    metres: int


def site_of(sites: Sequence[Site], position: Position) -> Site:
    """The place in which the position is. Raises NotAllowed with words where it is in none, and where the phone does not know it well enough."""
    outside_m = {site: distance_m(site, position) - site.metres for site in sites}
    nearest = min(sites, key=lambda site: outside_m[site])
    if outside_m[nearest] > position.accuracy_m:
        raise NotAllowed("not here", user_message=NOT_HERE)
    if outside_m[nearest] > 0 or position.accuracy_m > nearest.metres:
        raise NotAllowed("not surely here", user_message=UNSURE_WHERE)
    return nearest


def distance_m(site: Site, position: Position) -> float:
    """Over the ground, in metres."""
    north, south = radians(site.latitude), radians(position.latitude)
    up, along = sin((north - south) / 2), sin(radians(site.longitude - position.longitude) / 2)
    return 2 * EARTH_M * asin(min(1.0, sqrt(up * up + cos(north) * cos(south) * along * along)))
