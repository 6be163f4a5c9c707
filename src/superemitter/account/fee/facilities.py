"""What a facility reports in a year, one segment a row."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from superemitter.account.quantities import US_STANDARD, GasVolume
from superemitter.model.errors import InvalidValue

QUARTERS = 4


class RowFaults(InvalidValue):
    """A row that does not say what it must.

    Attributes
    ----------
    faults : tuple of (column, reason)
    """

    code: ClassVar[str] = InvalidValue.code

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{column}: {reason}" for column, reason in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReport:
    """One industry segment of a facility, as reported under Subpart W for a year.

    Attributes
    ----------
    facility_id, facility_name : str
    owner : str
    parents : tuple of str
        Who controls the owner, nearest first.
    segment : str
        Id of a segment of the rules.
    production : bool
        Whether it is one of the two production segments.
    ch4_t : Decimal
        Methane reported under Subpart W, without combustion under Subpart C. [t]
    co2_t, n2o_t : Decimal or None
        The other gases of the same report. [t]
    co2e_t, ch4_gwp : Decimal or None
        Instead of them the report's total, with the methane GWP it was made with. [t CO2e], [t CO2e per t]
    gas_to_sale : GasVolume
        Natural gas sent to sale; outside production also what was sent through.
    oil_to_sale_bbl : Decimal or None
        Crude oil sent to sale; needed where a producer sends no gas. [bbl]
    states : tuple of str
        States or Tribal lands that hold the facility's sites.
    compliant_quarters : int or None
        Calendar quarters in which all its affected and designated facilities complied.
    permitting_delay_t, plugged_wells_t : Decimal
        Methane that the Administrator found caused by unreasonable permitting delay, or from plugged wells. [t]
    note : str
    row : int
        Line in the file it came from; 0 if none.

    Raises
    ------
    RowFaults
        A value is out of range or contradicts another.
    """

    facility_id: str
    owner: str
    segment: str
    production: bool
    ch4_t: Decimal
    gas_to_sale: GasVolume
    facility_name: str = ""
    parents: tuple[str, ...] = ()
    co2_t: Decimal | None = None
    n2o_t: Decimal | None = None
    co2e_t: Decimal | None = None
    ch4_gwp: Decimal | None = None
    oil_to_sale_bbl: Decimal | None = None
    states: tuple[str, ...] = ()
    compliant_quarters: int | None = None
    permitting_delay_t: Decimal = Decimal(0)
    plugged_wells_t: Decimal = Decimal(0)
    note: str = ""
    row: int = 0

    def __post_init__(self) -> None:
        faults = self._negative() or (*self._greenhouse_gases(), *self._sales(), *self._exemptions())
        if faults:
            raise RowFaults(faults)

    @property
    def gas_to_sale_mscf(self) -> Decimal:
        """Gas sent to sale at 60 °F and 14.7 psia, to a millionth. [Mscf]"""
        if self.gas_to_sale.unit == "Mscf" and self.gas_to_sale.conditions == US_STANDARD:
            return self.gas_to_sale.value
        return round(self.gas_to_sale.at(US_STANDARD, "Mscf").value, 6)

    def _negative(self) -> tuple[tuple[str, str], ...]:
        amounts = {
            "ch4_t": self.ch4_t,
            "co2_t": self.co2_t,
            "n2o_t": self.n2o_t,
            "co2e_t": self.co2e_t,
            "ch4_gwp": self.ch4_gwp,
            "oil_to_sale_bbl": self.oil_to_sale_bbl,
            "exempt_permitting_delay_ch4_t": self.permitting_delay_t,
            "exempt_plugged_wells_ch4_t": self.plugged_wells_t,
        }
        return tuple(
            (name, f"is {value}; it must be 0 or more")
            for name, value in amounts.items()
            if value is not None and not (value.is_finite() and value >= 0)
        )

    def _greenhouse_gases(self) -> tuple[tuple[str, str], ...]:
        """Either the gases one by one, or their total with its GWP."""
        faults = []
        if self.co2e_t is None:
            for name, value in (("co2_t", self.co2_t), ("n2o_t", self.n2o_t)):
                if value is None:
                    faults.append((name, "is missing; give co2_t and n2o_t, or co2e_t with ch4_gwp"))
            if self.ch4_gwp is not None:
                faults.append(("ch4_gwp", "goes with co2e_t, which is not given"))
            return tuple(faults)
        for name, value in (("co2_t", self.co2_t), ("n2o_t", self.n2o_t)):
            if value is not None:
                faults.append((name, "is given beside co2e_t; give the gases or their total, not both"))
        if self.ch4_gwp is None:
            faults.append(
                ("ch4_gwp", "is missing; co2e_t says nothing without the GWP of methane it was made with")
            )
        elif self.co2e_t < self.ch4_t * self.ch4_gwp:
            least = self.ch4_t * self.ch4_gwp
            faults.append(("co2e_t", f"is {self.co2e_t}, less than the methane alone ({least} t CO2e)"))
        return tuple(faults)

    def _sales(self) -> tuple[tuple[str, str], ...]:
        if not self.production and self.oil_to_sale_bbl is not None:
            return (("oil_to_sale_bbl", "counts in the production segments only; leave it empty"),)
        if self.production and self.gas_to_sale.value == 0 and self.oil_to_sale_bbl is None:
            return (
                ("oil_to_sale_bbl", "is missing; a producer that sends no gas to sale is measured by its oil"),
            )
        return ()

    def _exemptions(self) -> tuple[tuple[str, str], ...]:
        faults = []
        if self.permitting_delay_t > 0 and not self.production:
            reason = f"is {self.permitting_delay_t}; only the production segments have this exemption"
            faults.append(("exempt_permitting_delay_ch4_t", reason))
        exempt = self.permitting_delay_t + self.plugged_wells_t
        if exempt > self.ch4_t:
            reason = f"the exempt methane ({exempt} t) is more than the reported ({self.ch4_t} t)"
            faults.append(("exempt_plugged_wells_ch4_t", reason))
        if self.compliant_quarters is not None and not 0 <= self.compliant_quarters <= QUARTERS:
            faults.append(("compliant_quarters", f"is {self.compliant_quarters}; it must be 0 to {QUARTERS}"))
        return tuple(faults)


def standard_gas(mscf: Decimal) -> GasVolume:
    """So many thousand standard cubic feet, at 60 °F and 14.7 psia. [Mscf]"""
    return GasVolume(
        value=mscf,
        unit="Mscf",
        temperature_C=US_STANDARD.temperature_C,
        pressure_kPa=US_STANDARD.pressure_kPa,
    )
