"""Candidates of plumes: connected pixels above a score, held against the spectra of look-alikes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.ndimage import distance_transform_edt, find_objects, label

from superemitter.measure.detection.screening import SpectralScreen, spectral_screen
from superemitter.measure.detection.settings import DetectionSettings
from superemitter.measure.detection.threshold import (
    LEAST_VETTED_THRESHOLD,
    SCREEN_FROM,
    NegativeTail,
    negative_tail,
    peaks_above,
    vetted_tail,
)
from superemitter.model import Scene
from superemitter.model.types import BoolArray, FloatArray, IntArray

STRONG_SCORE, STRONG_SHARE = 8.0, 0.8
NEXT_LEVEL = 1.5
FRINGE_PX = 6.0
LOOK_ALIKE = 0.3
_EIGHT = np.ones((3, 3), dtype=int)


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Connected pixels in the window they fill, and their highest score: a scene may hold a thousand of them."""

    window: tuple[slice, slice]
    inside: BoolArray
    peak: float

    def mask(self, shape: tuple[int, ...]) -> BoolArray:
        """The same over the whole image."""
        out = np.zeros(shape, dtype=bool)
        out[self.window] = self.inside
        return out


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """What was found, how it was told from noise, and the score with look-alikes taken out.

    Attributes
    ----------
    groups : list of Group
        Those that passed.
    tail : NegativeTail
    threshold : float
        [1-sigma]
    screen : SpectralScreen or None
    taken : (row, column) bool array
        Pixels of any candidate, look-alikes included.
    positive_peaks : (n,) array
        [1-sigma]
    score : (row, column) array
        [1-sigma]
    rejected : int
        Look-alikes above the threshold.
    """

    groups: list[Group]
    tail: NegativeTail
    threshold: float
    screen: SpectralScreen | None
    taken: BoolArray
    positive_peaks: FloatArray
    score: FloatArray
    rejected: int


def plain_candidates(
    score: FloatArray,
    lowest: FloatArray,
    scene: Scene | None,
    valid: BoolArray,
    settings: DetectionSettings,
) -> Candidates:
    """Threshold from every negative peak; the screen afterwards. Arguments as :func:`vetted_candidates`."""
    tail = negative_tail(lowest)
    threshold = tail.threshold(settings.false_plumes_per_scene)
    found = grow(score, threshold, settings)
    taken = union(found, valid.shape)
    screen = spectral_screen(scene, valid, taken, noise_corrected=False) if scene and found else None
    passing = found  # all of them if there is no screen
    if screen is not None:
        least = settings.least_spectral_match
        passing = [g for g in found if screen.match_within(g.window, g.inside, taken, score) >= least]
    return Candidates(
        groups=passing,
        tail=tail,
        threshold=threshold,
        screen=screen,
        taken=taken,
        positive_peaks=peaks_above(score, tail.start),
        score=score,
        rejected=len(found) - len(passing),
    )


def vetted_candidates(
    score: FloatArray,
    lowest: FloatArray,
    scene: Scene | None,
    valid: BoolArray,
    settings: DetectionSettings,
) -> Candidates:
    """Threshold from the negative peaks that pass the mirrored screen; look-alikes lose their score.

    `score` and `lowest` are the highest and lowest over the widths of the pooling. [1-sigma]
    """
    found, mirrored = grow(score, SCREEN_FROM, settings), grow(-lowest, SCREEN_FROM, settings)
    either = union([*found, *mirrored], valid.shape)
    screen = spectral_screen(scene, valid, either) if scene and found else None
    sieve = partial(_sieved, screen=screen, taken=either, settings=settings, least_peak=SCREEN_FROM)
    passing, noise = sieve(found, score=score), sieve(mirrored, score=lowest, sign=-1.0)
    tail = vetted_tail(np.array([group.peak for group in noise]))
    threshold = tail.threshold(settings.false_plumes_per_scene, least=LEAST_VETTED_THRESHOLD)
    clean = _without(score, found, passing)
    return Candidates(
        groups=[group for group in passing if group.peak >= threshold],
        tail=tail,
        threshold=threshold,
        screen=screen,
        taken=union(found, valid.shape),
        positive_peaks=np.array([group.peak for group in passing]),
        score=clean,
        rejected=sum(g.peak >= threshold and bool(clean[g.window][g.inside].max() <= 0) for g in found),
    )


def likely_gas(
    score: FloatArray, scene: Scene, valid: BoolArray, settings: DetectionSettings
) -> tuple[list[Group], FloatArray]:
    """Groups that look like methane from the least threshold on, many false ones too; the score without others."""
    found = grow(score, LEAST_VETTED_THRESHOLD, settings)
    taken = union(found, valid.shape)
    screen = spectral_screen(scene, valid, taken) if found else None
    passing = _sieved(
        found, score=score, screen=screen, taken=taken, settings=settings, least_peak=LEAST_VETTED_THRESHOLD
    )
    return passing, _without(score, found, passing)


def grow(score: FloatArray, threshold: float, settings: DetectionSettings) -> list[Group]:
    """Groups of connected pixels above the mask score that hold a peak above the threshold."""
    labels, _ = label(np.nan_to_num(score, nan=-np.inf) > settings.mask_score, structure=_EIGHT)
    groups = []
    for number, window in enumerate(find_objects(labels), start=1):
        inside = labels[window] == number
        if inside.sum() < settings.least_pixels:
            continue
        peak = float(score[window][inside].max())
        if peak >= threshold:
            groups.append(Group(window=window, inside=inside, peak=peak))
    return groups


def union(groups: list[Group], shape: tuple[int, ...]) -> BoolArray:
    """Pixels of any of the groups. (row, column)"""
    out = np.zeros(shape, dtype=bool)
    for group in groups:
        out[group.window] |= group.inside
    return out


def _without(score: FloatArray, found: list[Group], passing: list[Group]) -> FloatArray:
    """The score, at most 0 on what does not pass."""
    look_alike = union(found, score.shape) & ~union(passing, score.shape)
    return np.where(look_alike, np.minimum(score, 0.0), score)


def _sieved(
    found: list[Group],
    *,
    score: FloatArray,
    screen: SpectralScreen | None,
    taken: BoolArray,
    settings: DetectionSettings,
    least_peak: float,
    sign: float = 1.0,
) -> list[Group]:
    """Groups, or parts of groups, whose spectrum methane explains; all if there is no screen."""
    if screen is None:
        return found
    sieve = _Sieve(screen=screen, score=score, taken=taken, settings=settings, least_peak=least_peak, sign=sign)
    return [part for group in found for part in sieve.passing(group, settings.mask_score)]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sieve:
    """Holds groups against the screen; groups that fail whole are cut at higher scores and tried in parts."""

    screen: SpectralScreen
    score: FloatArray
    taken: BoolArray
    settings: DetectionSettings
    least_peak: float
    sign: float = 1.0

    def passing(self, group: Group, level: float) -> list[Group]:
        """The group, or those of its parts that look like methane, each with the fringe that is nearest to it.

        Plumes that touch a look-alike fail with it; where both are densest they are apart. A group that passes
        loses those of its parts that clearly are look-alikes.
        """
        passes = self._match(group) >= self._least(group)
        level *= NEXT_LEVEL
        if level >= group.peak:
            return [group] if passes else []
        cores, count = label(group.inside & (self.signed(group.window) > level), structure=_EIGHT)
        cut = (self._part(group, cores == number) for number in range(1, count + 1))
        parts = [part for part in cut if part is not None]
        if not passes:
            return [_with_fringe(part, group, cores) for core in parts for part in self.passing(core, level)]
        foreign = [part for part in parts if len(parts) > 1 and self._match(part) < LOOK_ALIKE]
        return [_less(group, foreign, cores)] if len(foreign) < len(parts) else [group]

    def signed(self, window: tuple[slice, slice]) -> FloatArray:
        """The score there, positive where a peak is looked for."""
        return self.sign * self.score[window]

    def _match(self, group: Group) -> float:
        return self.screen.match_within(group.window, group.inside, self.taken, self.score, self.sign)

    def _least(self, group: Group) -> float:
        strong = self.sign > 0 and group.peak >= STRONG_SCORE  # their noise does not flatter them
        return self.settings.least_spectral_match * (STRONG_SHARE if strong else 1.0)

    def _part(self, group: Group, inside: BoolArray) -> Group | None:
        peak = float(self.signed(group.window)[inside].max())
        if inside.sum() < self.settings.least_pixels or peak < self.least_peak:
            return None
        return Group(window=group.window, inside=inside, peak=peak)


def _with_fringe(part: Group, whole: Group, cores: IntArray) -> Group:
    """A part of a group and the pixels of the group outside its cores that are nearest to it, 6 pixels at most."""
    others = (cores > 0) & ~part.inside
    far = distance_transform_edt(~part.inside)
    nearest = far < distance_transform_edt(~others) if others.any() else np.ones_like(others)
    inside = part.inside | (whole.inside & (cores == 0) & nearest & (far <= FRINGE_PX))
    return Group(window=part.window, inside=inside, peak=part.peak)


def _less(group: Group, foreign: list[Group], cores: IntArray) -> Group:
    """The group without the given parts of it and what is nearer to them than to its other cores."""
    if not foreign:
        return group
    gone = np.any([part.inside for part in foreign], axis=0)
    nearer = distance_transform_edt(~gone) < distance_transform_edt(~((cores > 0) & ~gone))
    return Group(window=group.window, inside=group.inside & ~nearer, peak=group.peak)
