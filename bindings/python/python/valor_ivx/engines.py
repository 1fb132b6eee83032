# Written by `cargo xtask generate`; edit the core instead.
"""One class an engine: keyword arguments are its inputs, `.value()` its outputs as attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ._record import Engine, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Required, TypedDict

    from ._types import Date, Number, Numbers

__all__ = [
    "Npv",
    "NpvResult",
    "Xnpv",
    "XnpvResult",
    "Irr",
    "IrrResult",
    "Xirr",
    "XirrResult",
    "Mirr",
    "MirrResult",
    "Pmt",
    "PmtResult",
    "Pv",
    "PvResult",
    "Fv",
    "FvResult",
    "Nper",
    "NperResult",
    "Rate",
    "RateResult",
    "Ipmt",
    "IpmtResult",
    "Ppmt",
    "PpmtResult",
    "YearFraction",
    "YearFractionResult",
    "ConvertRate",
    "ConvertRateResult",
    "Payback",
    "PaybackResult",
    "Capm",
    "CapmResult",
    "UnleverBeta",
    "UnleverBetaResult",
    "ReleverBeta",
    "ReleverBetaResult",
    "PeerBeta",
    "PeerBetaResult",
    "SyntheticRating",
    "SyntheticRatingResult",
    "Wacc",
    "WaccResult",
    "Dcf",
    "DcfResult",
]


class NpvResult(Record):
    """A present value.

    - `npv`: Net present value.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def npv(self) -> float: ...


class Npv(Engine):
    """Net present value of equally spaced cash flows.

    - `rate`: Discount rate per period.
    - `cashflows`: Flows in order; positive is received.
    - `first_period`: Period of the first flow: 0 is now, 1 the end of the first period, as spreadsheets have it. Default: 0.
    """

    __slots__ = ()
    model = "npv"
    _result: ClassVar[type[Record]] = NpvResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            cashflows: Numbers,
            first_period: int | None = None,
        ) -> None: ...

        def value(self) -> NpvResult:
            """The outputs for these inputs."""
            ...


class XnpvResult(Record):
    """A present value.

    - `npv`: Net present value.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def npv(self) -> float: ...


class Xnpv(Engine):
    """Net present value of dated cash flows.

    - `rate`: Discount rate per year.
    - `cashflows`: Flows; positive is received.
    - `dates`: Their dates; the value is at the first element's, earlier ones are compounded.
    - `day_count`: Convention that counts years. Default: 'act/365f'.
    """

    __slots__ = ()
    model = "xnpv"
    _result: ClassVar[type[Record]] = XnpvResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            cashflows: Numbers,
            dates: Sequence[Date],
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
        ) -> None: ...

        def value(self) -> XnpvResult:
            """The outputs for these inputs."""
            ...


class IrrResult(Record):
    """Internal rates of return.

    - `irr`: The root nearest to the guess.
    - `roots`: All roots in the range, ascending.
    - `multiple`: Whether there is more than one.
    - `sign_changes`: Changes of sign in the flows, in order of time.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def irr(self) -> float: ...

        @property
        def roots(self) -> list[float]: ...

        @property
        def multiple(self) -> bool: ...

        @property
        def sign_changes(self) -> int: ...


class Irr(Engine):
    """Internal rates of return of equally spaced cash flows.

    - `cashflows`: Flows in order; positive is received.
    - `guess`: Of several roots the nearest to this is meant. Default: 0.1.
    - `lower`: Low end of the range. Default: -0.999999.
    - `upper`: High end of the range. Default: 1000000.0.
    """

    __slots__ = ()
    model = "irr"
    _result: ClassVar[type[Record]] = IrrResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cashflows: Numbers,
            guess: Number | None = None,
            lower: Number | None = None,
            upper: Number | None = None,
        ) -> None: ...

        def value(self) -> IrrResult:
            """The outputs for these inputs."""
            ...


class XirrResult(Record):
    """Internal rates of return.

    - `irr`: The root nearest to the guess.
    - `roots`: All roots in the range, ascending.
    - `multiple`: Whether there is more than one.
    - `sign_changes`: Changes of sign in the flows, in order of time.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def irr(self) -> float: ...

        @property
        def roots(self) -> list[float]: ...

        @property
        def multiple(self) -> bool: ...

        @property
        def sign_changes(self) -> int: ...


class Xirr(Engine):
    """Internal rates of return of dated cash flows.

    - `cashflows`: Flows; positive is received.
    - `dates`: Their dates.
    - `day_count`: Convention that counts years. Default: 'act/365f'.
    - `guess`: Of several roots the nearest to this is meant. Default: 0.1.
    - `lower`: Low end of the range. Default: -0.999999.
    - `upper`: High end of the range. Default: 1000000.0.
    """

    __slots__ = ()
    model = "xirr"
    _result: ClassVar[type[Record]] = XirrResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cashflows: Numbers,
            dates: Sequence[Date],
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
            guess: Number | None = None,
            lower: Number | None = None,
            upper: Number | None = None,
        ) -> None: ...

        def value(self) -> XirrResult:
            """The outputs for these inputs."""
            ...


class MirrResult(Record):
    """The modified internal rate of return.

    - `mirr`: (FV / PV)^(1/n) - 1.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def mirr(self) -> float: ...


class Mirr(Engine):
    """Modified internal rate of return.

    - `cashflows`: Flows one period apart.
    - `finance_rate`: Rate at which payments are financed.
    - `reinvest_rate`: Rate at which receipts are reinvested.
    """

    __slots__ = ()
    model = "mirr"
    _result: ClassVar[type[Record]] = MirrResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cashflows: Numbers,
            finance_rate: Number,
            reinvest_rate: Number,
        ) -> None: ...

        def value(self) -> MirrResult:
            """The outputs for these inputs."""
            ...


class PmtResult(Record):
    """Payment of an annuity.

    - `pmt`: Payment of an annuity
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def pmt(self) -> float: ...


class Pmt(Engine):
    """Payment of an annuity.

    - `rate`: Rate per period.
    - `nper`: Number of periods.
    - `pv`: Present value.
    - `fv`: Future value. Default: 0.0.
    - `due`: When payments are due. Default: 'end'.
    """

    __slots__ = ()
    model = "pmt"
    _result: ClassVar[type[Record]] = PmtResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            nper: Number,
            pv: Number,
            fv: Number | None = None,
            due: Literal["end", "begin"] | None = None,
        ) -> None: ...

        def value(self) -> PmtResult:
            """The outputs for these inputs."""
            ...


class PvResult(Record):
    """Present value of an annuity.

    - `pv`: Present value of an annuity
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def pv(self) -> float: ...


class Pv(Engine):
    """Present value of an annuity.

    - `rate`: Rate per period.
    - `nper`: Number of periods.
    - `pmt`: Payment each period.
    - `fv`: Future value. Default: 0.0.
    - `due`: When payments are due. Default: 'end'.
    """

    __slots__ = ()
    model = "pv"
    _result: ClassVar[type[Record]] = PvResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            nper: Number,
            pmt: Number,
            fv: Number | None = None,
            due: Literal["end", "begin"] | None = None,
        ) -> None: ...

        def value(self) -> PvResult:
            """The outputs for these inputs."""
            ...


class FvResult(Record):
    """Future value of an annuity.

    - `fv`: Future value of an annuity
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def fv(self) -> float: ...


class Fv(Engine):
    """Future value of an annuity.

    - `rate`: Rate per period.
    - `nper`: Number of periods.
    - `pmt`: Payment each period.
    - `pv`: Present value. Default: 0.0.
    - `due`: When payments are due. Default: 'end'.
    """

    __slots__ = ()
    model = "fv"
    _result: ClassVar[type[Record]] = FvResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            nper: Number,
            pmt: Number,
            pv: Number | None = None,
            due: Literal["end", "begin"] | None = None,
        ) -> None: ...

        def value(self) -> FvResult:
            """The outputs for these inputs."""
            ...


class NperResult(Record):
    """Number of periods of an annuity.

    - `nper`: Number of periods of an annuity
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def nper(self) -> float: ...


class Nper(Engine):
    """Number of periods of an annuity.

    - `rate`: Rate per period.
    - `pmt`: Payment each period.
    - `pv`: Present value.
    - `fv`: Future value. Default: 0.0.
    - `due`: When payments are due. Default: 'end'.
    """

    __slots__ = ()
    model = "nper"
    _result: ClassVar[type[Record]] = NperResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            pmt: Number,
            pv: Number,
            fv: Number | None = None,
            due: Literal["end", "begin"] | None = None,
        ) -> None: ...

        def value(self) -> NperResult:
            """The outputs for these inputs."""
            ...


class RateResult(Record):
    """Rate per period of an annuity.

    - `rate`: Rate per period of an annuity
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def rate(self) -> float: ...


class Rate(Engine):
    """Rate per period of an annuity.

    - `nper`: Number of periods.
    - `pmt`: Payment each period.
    - `pv`: Present value.
    - `fv`: Future value. Default: 0.0.
    - `due`: When payments are due. Default: 'end'.
    - `guess`: Of several rates the nearest to this is meant. Default: 0.1.
    """

    __slots__ = ()
    model = "rate"
    _result: ClassVar[type[Record]] = RateResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            nper: Number,
            pmt: Number,
            pv: Number,
            fv: Number | None = None,
            due: Literal["end", "begin"] | None = None,
            guess: Number | None = None,
        ) -> None: ...

        def value(self) -> RateResult:
            """The outputs for these inputs."""
            ...


class IpmtResult(Record):
    """Interest part of one payment of an annuity.

    - `ipmt`: Interest part of one payment of an annuity
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def ipmt(self) -> float: ...


class Ipmt(Engine):
    """Interest part of one payment of an annuity.

    - `rate`: Rate per period.
    - `period`: The period, from 1.
    - `nper`: Number of periods.
    - `pv`: Present value.
    - `fv`: Future value. Default: 0.0.
    - `due`: When payments are due. Default: 'end'.
    """

    __slots__ = ()
    model = "ipmt"
    _result: ClassVar[type[Record]] = IpmtResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            period: int,
            nper: Number,
            pv: Number,
            fv: Number | None = None,
            due: Literal["end", "begin"] | None = None,
        ) -> None: ...

        def value(self) -> IpmtResult:
            """The outputs for these inputs."""
            ...


class PpmtResult(Record):
    """Principal part of one payment of an annuity.

    - `ppmt`: Principal part of one payment of an annuity
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def ppmt(self) -> float: ...


class Ppmt(Engine):
    """Principal part of one payment of an annuity.

    - `rate`: Rate per period.
    - `period`: The period, from 1.
    - `nper`: Number of periods.
    - `pv`: Present value.
    - `fv`: Future value. Default: 0.0.
    - `due`: When payments are due. Default: 'end'.
    """

    __slots__ = ()
    model = "ppmt"
    _result: ClassVar[type[Record]] = PpmtResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            period: int,
            nper: Number,
            pv: Number,
            fv: Number | None = None,
            due: Literal["end", "begin"] | None = None,
        ) -> None: ...

        def value(self) -> PpmtResult:
            """The outputs for these inputs."""
            ...


class YearFractionResult(Record):
    """Years between two dates.

    - `years`: The years.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def years(self) -> float: ...


class YearFraction(Engine):
    """Years between two dates by a day-count convention.

    - `start`: First date.
    - `end`: Second date; earlier than the first gives a negative number.
    - `day_count`: The convention. Default: 'act/365f'.
    """

    __slots__ = ()
    model = "year_fraction"
    _result: ClassVar[type[Record]] = YearFractionResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            start: Date,
            end: Date,
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
        ) -> None: ...

        def value(self) -> YearFractionResult:
            """The outputs for these inputs."""
            ...


class ConvertRateResult(Record):
    """A rate.

    - `rate`: The rate that gives the same growth in a year.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def rate(self) -> float: ...


class ConvertRate(Engine):
    """A rate under another compounding, with the same growth in a year.

    - `rate`: The rate.
    - `from_compounding`: Its compounding.
    - `to_compounding`: The compounding wanted.
    """

    __slots__ = ()
    model = "convert_rate"
    _result: ClassVar[type[Record]] = ConvertRateResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            from_compounding: Literal["annual", "semiannual", "quarterly", "monthly", "daily", "continuous"],
            to_compounding: Literal["annual", "semiannual", "quarterly", "monthly", "daily", "continuous"],
        ) -> None: ...

        def value(self) -> ConvertRateResult:
            """The outputs for these inputs."""
            ...


class PaybackResult(Record):
    """Time until the flows have paid back.

    - `years`: Years, linear inside the year of crossing; null if they never do.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def years(self) -> float | None: ...


class Payback(Engine):
    """Years until discounted flows have paid back.

    - `cashflows`: Flows one period apart, the first now.
    - `rate`: Discount rate; 0 for the plain payback. Default: 0.0.
    """

    __slots__ = ()
    model = "payback"
    _result: ClassVar[type[Record]] = PaybackResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cashflows: Numbers,
            rate: Number | None = None,
        ) -> None: ...

        def value(self) -> PaybackResult:
            """The outputs for these inputs."""
            ...


class CapmResult(Record):
    """A cost of equity.

    - `beta_used`: Beta after adjustment.
    - `cost_of_equity`: Cost of equity.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def beta_used(self) -> float: ...

        @property
        def cost_of_equity(self) -> float: ...


class Capm(Engine):
    """Cost of equity by the capital asset pricing model.

    - `risk_free`: Risk-free rate.
    - `beta`: Beta against the market.
    - `equity_risk_premium`: Expected return of the market over the risk-free rate.
    - `size_premium`: Premium for size. Default: 0.0.
    - `specific_premium`: Premium of this firm. Default: 0.0.
    - `country_premium`: Premium of the country. Default: 0.0.
    - `country_exposure`: Loading on the country premium, often called lambda. Default: 1.0.
    - `beta_adjustment`: What is done to beta. Default: 'none'.
    - `beta_se`: Standard error of beta, for vasicek.
    - `prior_beta`: Beta of the group the firm belongs to, for vasicek. Default: 1.0.
    - `prior_sd`: Standard deviation of beta in the group, for vasicek.
    """

    __slots__ = ()
    model = "capm"
    _result: ClassVar[type[Record]] = CapmResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            risk_free: Number,
            beta: Number,
            equity_risk_premium: Number,
            size_premium: Number | None = None,
            specific_premium: Number | None = None,
            country_premium: Number | None = None,
            country_exposure: Number | None = None,
            beta_adjustment: Literal["none", "blume", "vasicek"] | None = None,
            beta_se: Number | None = None,
            prior_beta: Number | None = None,
            prior_sd: Number | None = None,
        ) -> None: ...

        def value(self) -> CapmResult:
            """The outputs for these inputs."""
            ...


class UnleverBetaResult(Record):
    """A beta.

    - `beta`: The beta.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def beta(self) -> float: ...


class UnleverBeta(Engine):
    """Asset beta of a levered beta.

    - `beta`: Beta: of the equity to unlever, of the assets to relever.
    - `debt_to_equity`: Market value of debt over that of equity.
    - `tax_rate`: Tax rate.
    - `debt_beta`: Beta of debt. Default: 0.0.
    - `cost_of_debt`: Cost of debt, required for miles_ezzell.
    - `method`: How debt moves with value. Default: 'hamada'.
    """

    __slots__ = ()
    model = "unlever_beta"
    _result: ClassVar[type[Record]] = UnleverBetaResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            beta: Number,
            debt_to_equity: Number,
            tax_rate: Number,
            debt_beta: Number | None = None,
            cost_of_debt: Number | None = None,
            method: Literal["hamada", "harris_pringle", "miles_ezzell"] | None = None,
        ) -> None: ...

        def value(self) -> UnleverBetaResult:
            """The outputs for these inputs."""
            ...


class ReleverBetaResult(Record):
    """A beta.

    - `beta`: The beta.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def beta(self) -> float: ...


class ReleverBeta(Engine):
    """Levered beta of an asset beta.

    - `beta`: Beta: of the equity to unlever, of the assets to relever.
    - `debt_to_equity`: Market value of debt over that of equity.
    - `tax_rate`: Tax rate.
    - `debt_beta`: Beta of debt. Default: 0.0.
    - `cost_of_debt`: Cost of debt, required for miles_ezzell.
    - `method`: How debt moves with value. Default: 'hamada'.
    """

    __slots__ = ()
    model = "relever_beta"
    _result: ClassVar[type[Record]] = ReleverBetaResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            beta: Number,
            debt_to_equity: Number,
            tax_rate: Number,
            debt_beta: Number | None = None,
            cost_of_debt: Number | None = None,
            method: Literal["hamada", "harris_pringle", "miles_ezzell"] | None = None,
        ) -> None: ...

        def value(self) -> ReleverBetaResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class PeerBetaInputsPeers(TypedDict, total=False):
        """A company of the same business."""

        name: Required[str]
        beta: Required[Number]
        debt_to_equity: Required[Number]
        tax_rate: Required[Number]
        debt_beta: Number | None
        cost_of_debt: Number | None


class PeerBetaResult(Record):
    """A beta from peers.

    - `unlevered`: Asset beta of each peer.
    - `unlevered_beta`: Their median or mean.
    - `beta`: The target's levered beta.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def unlevered(self) -> list[float]: ...

        @property
        def unlevered_beta(self) -> float: ...

        @property
        def beta(self) -> float: ...


class PeerBeta(Engine):
    """Levered beta of a company from its peers.

    - `peers`: The peers.
    - `method`: How debt moves with value. Default: 'hamada'.
    - `statistic`: What is taken of the peers. Default: 'median'.
    - `target_debt_to_equity`: The target's debt over equity.
    - `target_tax_rate`: The target's tax rate.
    - `target_debt_beta`: Beta of the target's debt. Default: 0.0.
    - `target_cost_of_debt`: The target's cost of debt, required for miles_ezzell.
    """

    __slots__ = ()
    model = "peer_beta"
    _result: ClassVar[type[Record]] = PeerBetaResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            peers: Sequence[PeerBetaInputsPeers],
            target_debt_to_equity: Number,
            target_tax_rate: Number,
            method: Literal["hamada", "harris_pringle", "miles_ezzell"] | None = None,
            statistic: Literal["median", "mean"] | None = None,
            target_debt_beta: Number | None = None,
            target_cost_of_debt: Number | None = None,
        ) -> None: ...

        def value(self) -> PeerBetaResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class SyntheticRatingInputsTable(TypedDict, total=False):
        """One row of the table."""

        min_cover: Required[Number]
        rating: Required[str]
        spread: Required[Number]


class SyntheticRatingResult(Record):
    """A rating.

    - `rating`: The rating.
    - `spread`: Its spread.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def rating(self) -> str: ...

        @property
        def spread(self) -> float: ...


class SyntheticRating(Engine):
    """Rating and credit spread from interest cover.

    - `interest_cover`: Operating profit over interest.
    - `table`: The ratings, by falling cover.
    """

    __slots__ = ()
    model = "synthetic_rating"
    _result: ClassVar[type[Record]] = SyntheticRatingResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            interest_cover: Number,
            table: Sequence[SyntheticRatingInputsTable],
        ) -> None: ...

        def value(self) -> SyntheticRatingResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class WaccInputsCostOfEquity(TypedDict, total=False):
        """What a share's cost of equity follows from."""

        risk_free: Required[Number]
        beta: Required[Number]
        equity_risk_premium: Required[Number]
        size_premium: Number | None
        specific_premium: Number | None
        country_premium: Number | None
        country_exposure: Number | None
        beta_adjustment: Literal["none", "blume", "vasicek"] | None
        beta_se: Number | None
        prior_beta: Number | None
        prior_sd: Number | None


class WaccResult(Record):
    """A weighted average cost of capital.

    - `wacc`: we ke + wd kd (1 - t) + wp kp.
    - `cost_of_equity`: Cost of equity used.
    - `beta`: Beta used; null when the cost of equity was given as a rate.
    - `equity_weight`: Weight of equity.
    - `debt_weight`: Weight of debt.
    - `preferred_weight`: Weight of preferred shares.
    - `iterations`: Rounds of the iteration of weights; 0 where there was none.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def wacc(self) -> float: ...

        @property
        def cost_of_equity(self) -> float: ...

        @property
        def beta(self) -> float | None: ...

        @property
        def equity_weight(self) -> float: ...

        @property
        def debt_weight(self) -> float: ...

        @property
        def preferred_weight(self) -> float: ...

        @property
        def iterations(self) -> int: ...


class Wacc(Engine):
    """Weighted average cost of capital.

    - `cost_of_equity`: Cost of equity: a rate, or a capm object.
    - `cost_of_debt`: Cost of debt before tax; required when debt has a weight.
    - `cost_of_preferred`: Cost of preferred shares; required when they have a weight.
    - `tax_rate`: Tax rate.
    - `equity_value`: Market value of equity.
    - `debt_value`: Market value of debt.
    - `preferred_value`: Market value of preferred shares.
    - `debt_weight`: Target weight of debt, instead of the values.
    - `preferred_weight`: Target weight of preferred shares, instead of the values.
    - `weights`: Where the weights come from; by the fields present.
    - `unlevered_beta`: Asset beta, relevered at the weights in use; cost_of_equity must be a capm object.
    - `beta_method`: How it is relevered. Default: 'hamada'.
    - `debt_beta`: Beta of debt.
    """

    __slots__ = ()
    model = "wacc"
    _result: ClassVar[type[Record]] = WaccResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cost_of_equity: Number | WaccInputsCostOfEquity,
            tax_rate: Number,
            cost_of_debt: Number | None = None,
            cost_of_preferred: Number | None = None,
            equity_value: Number | None = None,
            debt_value: Number | None = None,
            preferred_value: Number | None = None,
            debt_weight: Number | None = None,
            preferred_weight: Number | None = None,
            weights: Literal["values", "target", "iterated"] | None = None,
            unlevered_beta: Number | None = None,
            beta_method: Literal["hamada", "harris_pringle", "miles_ezzell"] | None = None,
            debt_beta: Number | None = None,
        ) -> None: ...

        def value(self) -> WaccResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class DcfInputsBase(TypedDict, total=False):
        """Driver values of year 0, from which the first stage fades."""

        growth: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        reinvestment_rate: Number | None

    class DcfInputsStages(TypedDict, total=False):
        """Years with the same drivers, or on the way to them."""

        years: Required[int]
        growth: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        reinvestment_rate: Number | None
        fade: Literal["step", "linear", "s_curve"] | None

    class DcfInputsOverrides(TypedDict, total=False):
        """Values of a single year in place of those the stages give."""

        year: Required[int]
        growth: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        reinvestment_rate: Number | None
        revenue: Number | None
        ebit: Number | None
        tax: Number | None
        reinvestment: Number | None
        fcff: Number | None

    class DcfInputsForecast(TypedDict, total=False):
        """Explicit yearly figures instead of stages."""

        fcff: Numbers | None
        revenue: Numbers | None
        ebit: Numbers | None
        da: Numbers | None
        capex: Numbers | None
        nwc: Numbers | None
        nopat: Numbers | None

    class DcfInputsNol(TypedDict, total=False):
        """Carry-forward of tax losses; null for none."""

        opening: Number | None
        usage_limit: Number | None
        add_losses: bool | None

    class DcfInputsWaccCostOfEquity(TypedDict, total=False):
        """What a share's cost of equity follows from."""

        risk_free: Required[Number]
        beta: Required[Number]
        equity_risk_premium: Required[Number]
        size_premium: Number | None
        specific_premium: Number | None
        country_premium: Number | None
        country_exposure: Number | None
        beta_adjustment: Literal["none", "blume", "vasicek"] | None
        beta_se: Number | None
        prior_beta: Number | None
        prior_sd: Number | None

    class DcfInputsWacc(TypedDict, total=False):
        """What a weighted average cost of capital follows from."""

        cost_of_equity: Required[Number | DcfInputsWaccCostOfEquity]
        cost_of_debt: Number | None
        cost_of_preferred: Number | None
        tax_rate: Required[Number]
        equity_value: Number | None
        debt_value: Number | None
        preferred_value: Number | None
        debt_weight: Number | None
        preferred_weight: Number | None
        weights: Literal["values", "target", "iterated"] | None
        unlevered_beta: Number | None
        beta_method: Literal["hamada", "harris_pringle", "miles_ezzell"] | None
        debt_beta: Number | None

    class DcfInputsTerminal(TypedDict, total=False):
        """Value beyond the forecast."""

        method: Required[Literal["gordon", "value_driver", "exit_multiple", "h_model", "liquidation", "blend", "none"]]
        growth: Number | None
        wacc: Number | None
        min_spread: Number | None
        normalize: bool | None
        fcff_next: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        ronic: Number | None
        metric: Literal["ebitda", "ebit", "revenue", "fcff", "nopat"] | None
        metric_basis: Literal["ltm", "ntm"] | None
        multiple: Number | None
        growth_initial: Number | None
        half_life: Number | None
        asset_value: Number | None
        recovery_rate: Number | None
        costs: Number | None
        components: Sequence[Mapping[str, Any]] | None
        weight: Number | None

    class DcfInputsBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class DcfInputsBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class DcfInputsBridge(TypedDict, total=False):
        """From enterprise to equity value."""

        net_debt: Number | None
        debt: Number | None
        cash: Number | None
        leases: Number | None
        pension_deficit: Number | None
        preferred: Number | None
        minority_interest: Number | None
        associates: Number | None
        non_operating_assets: Number | None
        other_claims: Sequence[DcfInputsBridgeOtherClaims] | None
        other_assets: Sequence[DcfInputsBridgeOtherAssets] | None

    class DcfInputsOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class DcfInputsConvertibles(TypedDict, total=False):
        """Convertible debt, exchanged for shares when they are worth more than the principal."""

        principal: Required[Number]
        shares: Required[Number]


class DcfResultImpliedMultiples(Record):
    """Terminal value at the horizon over last-year figures.

    - `revenue`: Over revenue.
    - `ebitda`: Over operating profit before depreciation.
    - `ebit`: Over operating profit.
    - `nopat`: Over after-tax operating profit.
    - `fcff`: Over free cash flow.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def revenue(self) -> float | None: ...

        @property
        def ebitda(self) -> float | None: ...

        @property
        def ebit(self) -> float | None: ...

        @property
        def nopat(self) -> float | None: ...

        @property
        def fcff(self) -> float | None: ...


class DcfResultEntryMultiples(Record):
    """Enterprise value over year-1 figures.

    - `revenue`: Over revenue.
    - `ebitda`: Over operating profit before depreciation.
    - `ebit`: Over operating profit.
    - `nopat`: Over after-tax operating profit.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def revenue(self) -> float | None: ...

        @property
        def ebitda(self) -> float | None: ...

        @property
        def ebit(self) -> float | None: ...

        @property
        def nopat(self) -> float | None: ...


class DcfResultBridge(Record):
    """One step of the bridge.

    - `name`: What it is.
    - `amount`: What it adds to equity.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

        @property
        def amount(self) -> float: ...


class DcfResultSchedule(Record):
    """Year by year.

    - `year`: Year, from 1.
    - `time`: Years until the year's end.
    - `discount_factor`: Factor that discounts the year's flow.
    - `revenue`: Revenue.
    - `growth`: Revenue growth.
    - `ebit_margin`: Operating profit over revenue.
    - `ebit`: Operating profit.
    - `da`: Depreciation and amortisation.
    - `tax`: Tax on operating profit.
    - `nol_used`: Losses carried forward that were used.
    - `nol_balance`: Losses carried forward at the year's end.
    - `nopat`: After-tax operating profit.
    - `net_capex`: Capital expenditure less depreciation.
    - `nwc`: Net working capital at the year's end.
    - `delta_nwc`: Its change.
    - `reinvestment`: Reinvestment.
    - `fcff`: Free cash flow to the firm, of the whole year.
    - `pv`: Its present value, of the part still to come.
    - `invested_capital`: Invested capital at the year's end.
    - `roic`: After-tax operating profit over invested capital at the year's start.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def year(self) -> list[int]: ...

        @property
        def time(self) -> list[float]: ...

        @property
        def discount_factor(self) -> list[float]: ...

        @property
        def revenue(self) -> list[float | None]: ...

        @property
        def growth(self) -> list[float | None]: ...

        @property
        def ebit_margin(self) -> list[float | None]: ...

        @property
        def ebit(self) -> list[float | None]: ...

        @property
        def da(self) -> list[float | None]: ...

        @property
        def tax(self) -> list[float | None]: ...

        @property
        def nol_used(self) -> list[float | None]: ...

        @property
        def nol_balance(self) -> list[float | None]: ...

        @property
        def nopat(self) -> list[float | None]: ...

        @property
        def net_capex(self) -> list[float | None]: ...

        @property
        def nwc(self) -> list[float | None]: ...

        @property
        def delta_nwc(self) -> list[float | None]: ...

        @property
        def reinvestment(self) -> list[float | None]: ...

        @property
        def fcff(self) -> list[float]: ...

        @property
        def pv(self) -> list[float]: ...

        @property
        def invested_capital(self) -> list[float | None]: ...

        @property
        def roic(self) -> list[float | None]: ...


class DcfResultTerminalComponents(Record):
    """One terminal method of the valuation.

    - `method`: The method.
    - `weight`: Its weight; 1 when it stands alone.
    - `terminal_value`: Its terminal value.
    - `pv`: Its present value, before the weight.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def method(self) -> str: ...

        @property
        def weight(self) -> float: ...

        @property
        def terminal_value(self) -> float: ...

        @property
        def pv(self) -> float: ...


class DcfResultWarnings(Record):
    """Something that deserves a second look.

    - `code`: Stable snake_case code.
    - `field`: Path it concerns.
    - `message`: What was found.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def code(self) -> str: ...

        @property
        def field(self) -> str: ...

        @property
        def message(self) -> str: ...


class DcfResult(Record):
    """Enterprise, equity and per-share value, and how they came about.

    - `value_per_share`: Value per diluted share; null without shares.
    - `equity_value`: Value of equity.
    - `enterprise_value`: Value of the firm: present values of the forecast and of what follows it.
    - `diluted_shares`: Shares after dilution; null without shares.
    - `pv_fcff`: Present value of the forecast flows.
    - `pv_terminal`: Present value of the terminal value.
    - `terminal_value`: Terminal value by its formula; for a blend the weighted sum.
    - `terminal_value_at_horizon`: Terminal value at the end of the last year.
    - `terminal_fcff`: Free cash flow of the first year beyond the forecast; null where the forecast cannot tell.
    - `terminal_nopat`: After-tax operating profit of that year; null where the forecast cannot tell.
    - `terminal_share`: Part of enterprise value beyond the forecast; null when enterprise value is not positive.
    - `implied_growth`: Growth at which a Gordon value would be the same; null when there is none below wacc.
    - `implied_multiples`: Terminal value at the horizon over last-year figures.
    - `implied_ronic`: Return on new capital at which the value-driver formula would give the same; null when undefined.
    - `entry_multiples`: Enterprise value over year-1 figures.
    - `wacc`: The cost of capital used, a rate a year.
    - `bridge`: From enterprise to equity value, each item with its sign.
    - `schedule`: Year by year.
    - `terminal_components`: The terminal methods used.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "implied_multiples": DcfResultImpliedMultiples,
        "entry_multiples": DcfResultEntryMultiples,
        "bridge": DcfResultBridge,
        "schedule": DcfResultSchedule,
        "terminal_components": DcfResultTerminalComponents,
        "warnings": DcfResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def value_per_share(self) -> float | None: ...

        @property
        def equity_value(self) -> float: ...

        @property
        def enterprise_value(self) -> float: ...

        @property
        def diluted_shares(self) -> float | None: ...

        @property
        def pv_fcff(self) -> float: ...

        @property
        def pv_terminal(self) -> float: ...

        @property
        def terminal_value(self) -> float: ...

        @property
        def terminal_value_at_horizon(self) -> float: ...

        @property
        def terminal_fcff(self) -> float | None: ...

        @property
        def terminal_nopat(self) -> float | None: ...

        @property
        def terminal_share(self) -> float | None: ...

        @property
        def implied_growth(self) -> float | None: ...

        @property
        def implied_multiples(self) -> DcfResultImpliedMultiples: ...

        @property
        def implied_ronic(self) -> float | None: ...

        @property
        def entry_multiples(self) -> DcfResultEntryMultiples: ...

        @property
        def wacc(self) -> list[float]: ...

        @property
        def bridge(self) -> list[DcfResultBridge]: ...

        @property
        def schedule(self) -> DcfResultSchedule: ...

        @property
        def terminal_components(self) -> list[DcfResultTerminalComponents]: ...

        @property
        def warnings(self) -> list[DcfResultWarnings]: ...


class Dcf(Engine):
    """Discounted free cash flow to the firm: enterprise, equity and per-share value.

    - `base_revenue`: Revenue of year 0; required with stages.
    - `base`: Driver values of year 0, from which the first stage fades.
    - `stages`: Forecast by stages of drivers; one of stages and forecast is required.
    - `tax_rate`: Tax rate where a stage gives none.
    - `overrides`: Values that replace those of a single year. Default: [].
    - `reinvestment_basis`: How reinvestment follows from the drivers. Default: 'sales_to_fixed_capital'.
    - `allow_divestment`: Whether net capital expenditure may be negative when revenue falls. Default: false.
    - `base_nwc`: Net working capital of year 0; year 1's ratio times base revenue by default.
    - `base_invested_capital`: Invested capital of year 0; enables return on invested capital.
    - `forecast`: Explicit yearly figures instead of stages.
    - `nol`: Carry-forward of tax losses; null for none.
    - `wacc`: Cost of capital: one rate, one a year, or a wacc object.
    - `mid_year`: Whether flows arrive in the middle of each year. Default: false.
    - `stub`: Part of year 1 that is still to come; 1 by default.
    - `valuation_date`: Date of the valuation, with first_year_end instead of stub.
    - `first_year_end`: Date on which year 1 ends.
    - `day_count`: Convention by which the two dates give the stub. Default: 'act/365f'.
    - `terminal`: Value beyond the forecast.
    - `bridge`: From enterprise to equity value. Default: {'net_debt':null,'debt':null,'cash':null,'leases':0.0,'pension_deficit':0.0,'preferred':0.0,'minority_interest':0.0,'associates':0.0,'non_operating_assets':0.0,'other_claims':[],'other_assets':[]}.
    - `shares`: Basic shares outstanding.
    - `options`: Options on shares. Default: [].
    - `rsus`: Restricted share units.
    - `convertibles`: Convertible debt; its principal is part of debt. Default: [].
    - `treasury_price`: Share price at which dilution is taken; by default it is solved for.
    """

    __slots__ = ()
    model = "dcf"
    _result: ClassVar[type[Record]] = DcfResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            wacc: Number | Numbers | DcfInputsWacc,
            terminal: DcfInputsTerminal,
            base_revenue: Number | None = None,
            base: DcfInputsBase | None = None,
            stages: Sequence[DcfInputsStages] | None = None,
            tax_rate: Number | None = None,
            overrides: Sequence[DcfInputsOverrides] | None = None,
            reinvestment_basis: Literal["sales_to_fixed_capital", "sales_to_invested_capital", "capex_da_nwc", "reinvestment_rate"] | None = None,
            allow_divestment: bool | None = None,
            base_nwc: Number | None = None,
            base_invested_capital: Number | None = None,
            forecast: DcfInputsForecast | None = None,
            nol: DcfInputsNol | None = None,
            mid_year: bool | None = None,
            stub: Number | None = None,
            valuation_date: Date | None = None,
            first_year_end: Date | None = None,
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
            bridge: DcfInputsBridge | None = None,
            shares: Number | None = None,
            options: Sequence[DcfInputsOptions] | None = None,
            rsus: Number | None = None,
            convertibles: Sequence[DcfInputsConvertibles] | None = None,
            treasury_price: Number | None = None,
        ) -> None: ...

        def value(self) -> DcfResult:
            """The outputs for these inputs."""
            ...
