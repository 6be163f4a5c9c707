"""Choices of the detection."""

from __future__ import annotations

from dataclasses import dataclass

from superemitter.model.errors import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """Choices of the detection; the defaults are what ``scan`` uses.

    Attributes
    ----------
    false_plumes_per_scene : float
        Number of false plumes a scene is expected to hold; sets the threshold.
    pool_px : tuple of float
        1-sigma widths of the pooling; each pixel has the score of the width that shows it best. [pixel]
    wind_stretch : float
        How much longer than wide the pooling is along the wind, where the wind is known; 1: round. [1]
    mask_score : float
        A plume grows from its peak over connected pixels above this score. [1-sigma]
    block_px : int
        Side of the blocks for local background and noise. [pixel]
    least_pixels : int
        Smaller groups are dropped.
    least_spectral_match : float
        Candidates whose spectrum methane explains less are dropped, where the scene is at hand. [1]
    vetted_tail : bool
        Count false plumes among what passes the spectral screen: peaks of the negated score must pass its mirror
        image to count as noise, weak candidates are held against the noise of their own spectrum, and look-alikes
        lose their score. Without it the tail is of all peaks, and fewer false plumes are found than are stated.
    local_background : bool
        Mass is counted above the background around a plume; otherwise above the scene's median.
    close_pieces : bool
        Close behind a plume narrower pieces are joined to it, too.
    split : bool
        Touching plumes are told apart; otherwise connected pixels are one plume.
    """

    false_plumes_per_scene: float = 0.5
    pool_px: tuple[float, ...] = (1.0, 1.5)
    wind_stretch: float = 2.0
    mask_score: float = 2.0
    block_px: int = 64
    least_pixels: int = 5
    least_spectral_match: float = 0.5
    vetted_tail: bool = True
    local_background: bool = True
    close_pieces: bool = True
    split: bool = True

    def __post_init__(self) -> None:
        if not self.false_plumes_per_scene > 0:
            raise InvalidValue(
                f"false plumes per scene is {self.false_plumes_per_scene}", hint="give a number above 0"
            )
        widths = bool(self.pool_px) and min(self.pool_px) >= 0 and self.wind_stretch >= 1
        if not (widths and self.mask_score > 0 and self.block_px >= 8 and self.least_pixels >= 1):
            raise InvalidValue("pooling, mask score, block or least size of the detection is out of range")
