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
    "Ddm",
    "DdmResult",
    "ResidualIncome",
    "ResidualIncomeResult",
    "Eva",
    "EvaResult",
    "Apv",
    "ApvResult",
    "Fcfe",
    "FcfeResult",
    "Reconcile",
    "ReconcileResult",
    "Lbo",
    "LboResult",
    "Merger",
    "MergerResult",
    "Comparables",
    "ComparablesResult",
    "Precedents",
    "PrecedentsResult",
    "Sotp",
    "SotpResult",
    "FootballField",
    "FootballFieldResult",
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


if TYPE_CHECKING:
    class DdmInputsBase(TypedDict, total=False):
        """Driver values of year 0, from which the first stage fades."""

        growth: Number | None
        payout: Number | None

    class DdmInputsStages(TypedDict, total=False):
        """Years with the same growth and payout, or on the way to them."""

        years: Required[int]
        growth: Number | None
        payout: Number | None
        fade: Literal["step", "linear", "s_curve"] | None

    class DdmInputsTerminal(TypedDict, total=False):
        """Dividends beyond the stages."""

        growth: Required[Number]
        payout: Number | None
        roe: Number | None
        min_spread: Number | None


class DdmResultSchedule(Record):
    """The stages, year by year.

    - `dividend`: Dividend.
    - `growth`: Growth of dividends, or of earnings.
    - `discount_factor`: Factor that discounts the year's dividend.
    - `pv`: Present value.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def dividend(self) -> list[float]: ...

        @property
        def growth(self) -> list[float]: ...

        @property
        def discount_factor(self) -> list[float]: ...

        @property
        def pv(self) -> list[float]: ...


class DdmResultWarnings(Record):
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


class DdmResult(Record):
    """Value of a share, or of all equity, by its dividends.

    - `value`: Present value of the dividends.
    - `value_per_share`: The same, a share.
    - `pv_dividends`: Present value of the dividends of the stages.
    - `pv_terminal`: Present value of those that follow.
    - `terminal_value`: Their value one year before the first of them.
    - `terminal_share`: Part of the value beyond the stages; null when the value is not positive.
    - `implied_pe`: Value over earnings; null without eps above zero.
    - `schedule`: The stages, year by year.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "schedule": DdmResultSchedule,
        "warnings": DdmResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def value(self) -> float: ...

        @property
        def value_per_share(self) -> float: ...

        @property
        def pv_dividends(self) -> float: ...

        @property
        def pv_terminal(self) -> float: ...

        @property
        def terminal_value(self) -> float: ...

        @property
        def terminal_share(self) -> float | None: ...

        @property
        def implied_pe(self) -> float | None: ...

        @property
        def schedule(self) -> DdmResultSchedule: ...

        @property
        def warnings(self) -> list[DdmResultWarnings]: ...


class Ddm(Engine):
    """Dividend discount: present value of dividends by stages and for ever after.

    - `dividend`: Dividend of the year past; or give eps and payouts.
    - `eps`: Earnings of the year past, in the unit of the dividend.
    - `base`: Driver values of year 0, from which the first stage fades.
    - `cost_of_equity`: Cost of equity: one rate, or one a year.
    - `stages`: Stages of growth and payout; required by method multi_stage. Default: [].
    - `terminal`: Dividends beyond the stages.
    - `method`: How dividends run. Default: 'multi_stage'.
    - `growth_initial`: Growth at the start of the fade of an h_model.
    - `half_life`: Half of the fade's length of an h_model.
    - `shares`: Shares that the dividend is paid on; 1 for a dividend per share. Default: 1.0.
    - `mid_year`: Whether dividends arrive in the middle of each year. Default: false.
    """

    __slots__ = ()
    model = "ddm"
    _result: ClassVar[type[Record]] = DdmResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cost_of_equity: Number | Numbers,
            terminal: DdmInputsTerminal,
            dividend: Number | None = None,
            eps: Number | None = None,
            base: DdmInputsBase | None = None,
            stages: Sequence[DdmInputsStages] | None = None,
            method: Literal["multi_stage", "gordon", "h_model"] | None = None,
            growth_initial: Number | None = None,
            half_life: Number | None = None,
            shares: Number | None = None,
            mid_year: bool | None = None,
        ) -> None: ...

        def value(self) -> DdmResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class ResidualIncomeInputsTerminal(TypedDict, total=False):
        """Residual income beyond the forecast."""

        method: Literal["zero", "persistence", "growth", "value"] | None
        omega: Number | None
        growth: Number | None
        ri_next: Number | None
        value: Number | None


class ResidualIncomeResultSchedule(Record):
    """Year by year.

    - `book_value`: Book value of equity at the year's end, from year 0.
    - `net_income`: Earnings.
    - `residual_income`: Earnings less the cost of opening book value.
    - `pv`: Present value of residual income.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def book_value(self) -> list[float]: ...

        @property
        def net_income(self) -> list[float]: ...

        @property
        def residual_income(self) -> list[float]: ...

        @property
        def pv(self) -> list[float]: ...


class ResidualIncomeResultWarnings(Record):
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


class ResidualIncomeResult(Record):
    """Value of equity by its residual income.

    - `equity_value`: Value of equity.
    - `value_per_share`: The same, a share; null without shares.
    - `pv_residual_income`: Present value of the residual income of the forecast.
    - `pv_terminal`: Present value of what follows.
    - `price_to_book`: Value over book value; null when book value is not positive.
    - `schedule`: Year by year.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "schedule": ResidualIncomeResultSchedule,
        "warnings": ResidualIncomeResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def equity_value(self) -> float: ...

        @property
        def value_per_share(self) -> float | None: ...

        @property
        def pv_residual_income(self) -> float: ...

        @property
        def pv_terminal(self) -> float: ...

        @property
        def price_to_book(self) -> float | None: ...

        @property
        def schedule(self) -> ResidualIncomeResultSchedule: ...

        @property
        def warnings(self) -> list[ResidualIncomeResultWarnings]: ...


class ResidualIncome(Engine):
    """Residual income: book value of equity and what it earns beyond its cost.

    - `book_value`: Book value of equity now.
    - `net_income`: Earnings, one a year; or give roe.
    - `roe`: Return on opening book value: one number, or one a year.
    - `years`: Years of the forecast; required where no array tells.
    - `dividends`: Dividends, one a year; or give payout.
    - `payout`: Dividends over earnings: one number, or one a year.
    - `cost_of_equity`: Cost of equity: one rate, or one a year.
    - `terminal`: Residual income beyond the forecast. Default: {'method':'zero','omega':null,'growth':null,'ri_next':null,'value':null}.
    - `shares`: Shares outstanding.
    """

    __slots__ = ()
    model = "residual_income"
    _result: ClassVar[type[Record]] = ResidualIncomeResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            book_value: Number,
            cost_of_equity: Number | Numbers,
            net_income: Numbers | None = None,
            roe: Number | Numbers | None = None,
            years: int | None = None,
            dividends: Numbers | None = None,
            payout: Number | Numbers | None = None,
            terminal: ResidualIncomeInputsTerminal | None = None,
            shares: Number | None = None,
        ) -> None: ...

        def value(self) -> ResidualIncomeResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class EvaInputsBase(TypedDict, total=False):
        """Driver values of year 0, from which the first stage fades."""

        growth: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        reinvestment_rate: Number | None

    class EvaInputsStages(TypedDict, total=False):
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

    class EvaInputsOverrides(TypedDict, total=False):
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

    class EvaInputsForecast(TypedDict, total=False):
        """Explicit yearly figures instead of stages."""

        fcff: Numbers | None
        revenue: Numbers | None
        ebit: Numbers | None
        da: Numbers | None
        capex: Numbers | None
        nwc: Numbers | None
        nopat: Numbers | None

    class EvaInputsNol(TypedDict, total=False):
        """Carry-forward of tax losses; null for none."""

        opening: Number | None
        usage_limit: Number | None
        add_losses: bool | None

    class EvaInputsWaccCostOfEquity(TypedDict, total=False):
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

    class EvaInputsWacc(TypedDict, total=False):
        """What a weighted average cost of capital follows from."""

        cost_of_equity: Required[Number | EvaInputsWaccCostOfEquity]
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

    class EvaInputsTerminal(TypedDict, total=False):
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

    class EvaInputsBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class EvaInputsBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class EvaInputsBridge(TypedDict, total=False):
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
        other_claims: Sequence[EvaInputsBridgeOtherClaims] | None
        other_assets: Sequence[EvaInputsBridgeOtherAssets] | None

    class EvaInputsOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class EvaInputsConvertibles(TypedDict, total=False):
        """Convertible debt, exchanged for shares when they are worth more than the principal."""

        principal: Required[Number]
        shares: Required[Number]


class EvaResultImpliedMultiples(Record):
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


class EvaResultEntryMultiples(Record):
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


class EvaResultBridge(Record):
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


class EvaResultSchedule(Record):
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
    - `eva`: After-tax operating profit less the capital charge.
    - `capital_charge`: Cost of the capital invested at the year's start.
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

        @property
        def eva(self) -> list[float]: ...

        @property
        def capital_charge(self) -> list[float]: ...


class EvaResultTerminalComponents(Record):
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


class EvaResultWarnings(Record):
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


class EvaResult(Record):
    """What a dcf tells, and how the value exceeds the capital invested.

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
    - `mva`: Enterprise value less invested capital of year 0.
    - `pv_eva`: Present value of the economic value added of the forecast.
    - `pv_terminal_eva`: Present value of what the terminal value exceeds invested capital by.
    - `schedule`: Year by year.
    - `terminal_components`: The terminal methods used.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "implied_multiples": EvaResultImpliedMultiples,
        "entry_multiples": EvaResultEntryMultiples,
        "bridge": EvaResultBridge,
        "schedule": EvaResultSchedule,
        "terminal_components": EvaResultTerminalComponents,
        "warnings": EvaResultWarnings,
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
        def implied_multiples(self) -> EvaResultImpliedMultiples: ...

        @property
        def implied_ronic(self) -> float | None: ...

        @property
        def entry_multiples(self) -> EvaResultEntryMultiples: ...

        @property
        def wacc(self) -> list[float]: ...

        @property
        def bridge(self) -> list[EvaResultBridge]: ...

        @property
        def mva(self) -> float: ...

        @property
        def pv_eva(self) -> float: ...

        @property
        def pv_terminal_eva(self) -> float: ...

        @property
        def schedule(self) -> EvaResultSchedule: ...

        @property
        def terminal_components(self) -> list[EvaResultTerminalComponents]: ...

        @property
        def warnings(self) -> list[EvaResultWarnings]: ...


class Eva(Engine):
    """Economic value added: invested capital and what is earned beyond its charge.

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
    model = "eva"
    _result: ClassVar[type[Record]] = EvaResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            wacc: Number | Numbers | EvaInputsWacc,
            terminal: EvaInputsTerminal,
            base_revenue: Number | None = None,
            base: EvaInputsBase | None = None,
            stages: Sequence[EvaInputsStages] | None = None,
            tax_rate: Number | None = None,
            overrides: Sequence[EvaInputsOverrides] | None = None,
            reinvestment_basis: Literal["sales_to_fixed_capital", "sales_to_invested_capital", "capex_da_nwc", "reinvestment_rate"] | None = None,
            allow_divestment: bool | None = None,
            base_nwc: Number | None = None,
            base_invested_capital: Number | None = None,
            forecast: EvaInputsForecast | None = None,
            nol: EvaInputsNol | None = None,
            mid_year: bool | None = None,
            stub: Number | None = None,
            valuation_date: Date | None = None,
            first_year_end: Date | None = None,
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
            bridge: EvaInputsBridge | None = None,
            shares: Number | None = None,
            options: Sequence[EvaInputsOptions] | None = None,
            rsus: Number | None = None,
            convertibles: Sequence[EvaInputsConvertibles] | None = None,
            treasury_price: Number | None = None,
        ) -> None: ...

        def value(self) -> EvaResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class ApvInputsBase(TypedDict, total=False):
        """Driver values of year 0, from which the first stage fades."""

        growth: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        reinvestment_rate: Number | None

    class ApvInputsStages(TypedDict, total=False):
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

    class ApvInputsOverrides(TypedDict, total=False):
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

    class ApvInputsForecast(TypedDict, total=False):
        """Explicit yearly figures instead of stages."""

        fcff: Numbers | None
        revenue: Numbers | None
        ebit: Numbers | None
        da: Numbers | None
        capex: Numbers | None
        nwc: Numbers | None
        nopat: Numbers | None

    class ApvInputsNol(TypedDict, total=False):
        """Carry-forward of tax losses; null for none."""

        opening: Number | None
        usage_limit: Number | None
        add_losses: bool | None

    class ApvInputsTerminal(TypedDict, total=False):
        """Value beyond the forecast, of the firm without debt."""

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

    class ApvInputsBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class ApvInputsBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class ApvInputsBridge(TypedDict, total=False):
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
        other_claims: Sequence[ApvInputsBridgeOtherClaims] | None
        other_assets: Sequence[ApvInputsBridgeOtherAssets] | None

    class ApvInputsOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class ApvInputsConvertibles(TypedDict, total=False):
        """Convertible debt, exchanged for shares when they are worth more than the principal."""

        principal: Required[Number]
        shares: Required[Number]


class ApvResultSchedule(Record):
    """Year by year.

    - `debt`: Debt at the year's end, from year 0.
    - `shield`: Tax saved by the interest of each year.
    - `value`: Value of the firm at the year's end, from year 0, before costs of issue and distress.
    - `wacc`: Cost of capital of each year at which a dcf gives the same value; null where value is 0.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def debt(self) -> list[float]: ...

        @property
        def shield(self) -> list[float]: ...

        @property
        def value(self) -> list[float]: ...

        @property
        def wacc(self) -> list[float | None]: ...


class ApvResultWarnings(Record):
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


class ApvResult(Record):
    """Value of the firm without debt, and of the tax that debt saves.

    - `enterprise_value`: Value of the firm.
    - `equity_value`: Value of equity, after the bridge, which states the debt to be deducted.
    - `value_per_share`: The same, a diluted share; null without shares.
    - `unlevered_value`: Value of the firm without debt.
    - `pv_tax_shield`: Present value of the tax saved, of all years and what follows them.
    - `pv_terminal_tax_shield`: Its part beyond the forecast.
    - `equivalent_wacc`: Cost of capital of year 1 at which a dcf gives the same value; null where value is 0.
    - `schedule`: Year by year.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "schedule": ApvResultSchedule,
        "warnings": ApvResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def enterprise_value(self) -> float: ...

        @property
        def equity_value(self) -> float: ...

        @property
        def value_per_share(self) -> float | None: ...

        @property
        def unlevered_value(self) -> float: ...

        @property
        def pv_tax_shield(self) -> float: ...

        @property
        def pv_terminal_tax_shield(self) -> float: ...

        @property
        def equivalent_wacc(self) -> float | None: ...

        @property
        def schedule(self) -> ApvResultSchedule: ...

        @property
        def warnings(self) -> list[ApvResultWarnings]: ...


class Apv(Engine):
    """Adjusted present value: the firm without debt and the tax that interest saves.

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
    - `unlevered_cost`: Cost of capital of the firm without debt: one rate, or one a year.
    - `debt`: Balances of debt from year 0 to the last year; or give leverage.
    - `leverage`: Debt over the value of the firm in every year.
    - `cost_of_debt`: Interest rate of debt.
    - `shield_discount`: What the tax saved is discounted at: unlevered, debt, miles_ezzell, or a rate. Default: 'unlevered'.
    - `terminal_debt_growth`: Growth of debt for ever; that of the terminal object by default.
    - `issue_costs`: Costs of raising the debt, as a present value. Default: 0.0.
    - `distress_cost_pv`: Present value of the costs of distress. Default: 0.0.
    - `mid_year`: Whether flows arrive in the middle of each year. Default: false.
    - `stub`: Part of year 1 that is still to come; 1 by default.
    - `valuation_date`: Date of the valuation, with first_year_end instead of stub.
    - `first_year_end`: Date on which year 1 ends.
    - `day_count`: Convention by which the two dates give the stub. Default: 'act/365f'.
    - `terminal`: Value beyond the forecast, of the firm without debt.
    - `bridge`: From enterprise to equity value. Default: {'net_debt':null,'debt':null,'cash':null,'leases':0.0,'pension_deficit':0.0,'preferred':0.0,'minority_interest':0.0,'associates':0.0,'non_operating_assets':0.0,'other_claims':[],'other_assets':[]}.
    - `shares`: Basic shares outstanding.
    - `options`: Options on shares. Default: [].
    - `rsus`: Restricted share units.
    - `convertibles`: Convertible debt; its principal is part of debt. Default: [].
    - `treasury_price`: Share price at which dilution is taken; by default it is solved for.
    """

    __slots__ = ()
    model = "apv"
    _result: ClassVar[type[Record]] = ApvResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            unlevered_cost: Number | Numbers,
            cost_of_debt: Number,
            terminal: ApvInputsTerminal,
            base_revenue: Number | None = None,
            base: ApvInputsBase | None = None,
            stages: Sequence[ApvInputsStages] | None = None,
            tax_rate: Number | None = None,
            overrides: Sequence[ApvInputsOverrides] | None = None,
            reinvestment_basis: Literal["sales_to_fixed_capital", "sales_to_invested_capital", "capex_da_nwc", "reinvestment_rate"] | None = None,
            allow_divestment: bool | None = None,
            base_nwc: Number | None = None,
            base_invested_capital: Number | None = None,
            forecast: ApvInputsForecast | None = None,
            nol: ApvInputsNol | None = None,
            debt: Numbers | None = None,
            leverage: Number | None = None,
            shield_discount: Literal["unlevered", "debt", "miles_ezzell"] | Number | None = None,
            terminal_debt_growth: Number | None = None,
            issue_costs: Number | None = None,
            distress_cost_pv: Number | None = None,
            mid_year: bool | None = None,
            stub: Number | None = None,
            valuation_date: Date | None = None,
            first_year_end: Date | None = None,
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
            bridge: ApvInputsBridge | None = None,
            shares: Number | None = None,
            options: Sequence[ApvInputsOptions] | None = None,
            rsus: Number | None = None,
            convertibles: Sequence[ApvInputsConvertibles] | None = None,
            treasury_price: Number | None = None,
        ) -> None: ...

        def value(self) -> ApvResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class FcfeInputsBase(TypedDict, total=False):
        """Driver values of year 0, from which the first stage fades."""

        growth: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        reinvestment_rate: Number | None

    class FcfeInputsStages(TypedDict, total=False):
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

    class FcfeInputsOverrides(TypedDict, total=False):
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

    class FcfeInputsForecast(TypedDict, total=False):
        """Explicit yearly figures instead of stages."""

        fcff: Numbers | None
        revenue: Numbers | None
        ebit: Numbers | None
        da: Numbers | None
        capex: Numbers | None
        nwc: Numbers | None
        nopat: Numbers | None

    class FcfeInputsNol(TypedDict, total=False):
        """Carry-forward of tax losses; null for none."""

        opening: Number | None
        usage_limit: Number | None
        add_losses: bool | None

    class FcfeInputsTerminal(TypedDict, total=False):
        """Value beyond the forecast."""

        growth: Number | None
        value: Number | None
        min_spread: Number | None
        normalize: bool | None
        fcff_next: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None

    class FcfeInputsBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class FcfeInputsBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class FcfeInputsBridge(TypedDict, total=False):
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
        other_claims: Sequence[FcfeInputsBridgeOtherClaims] | None
        other_assets: Sequence[FcfeInputsBridgeOtherAssets] | None

    class FcfeInputsOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class FcfeInputsConvertibles(TypedDict, total=False):
        """Convertible debt, exchanged for shares when they are worth more than the principal."""

        principal: Required[Number]
        shares: Required[Number]


class FcfeResultSchedule(Record):
    """Year by year.

    - `fcff`: Free cash flow to the firm.
    - `interest_after_tax`: Interest less the tax it saves.
    - `net_borrowing`: New debt less repayment.
    - `fcfe`: Free cash flow to equity, of the whole year.
    - `pv`: Its present value, of the part still to come.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def fcff(self) -> list[float | None]: ...

        @property
        def interest_after_tax(self) -> list[float | None]: ...

        @property
        def net_borrowing(self) -> list[float | None]: ...

        @property
        def fcfe(self) -> list[float]: ...

        @property
        def pv(self) -> list[float]: ...


class FcfeResultWarnings(Record):
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


class FcfeResult(Record):
    """Value of equity by the flows to it.

    - `equity_value`: Value of equity: of its flows and of the bridge's items other than debt.
    - `value_per_share`: The same, a diluted share; null without shares.
    - `pv_fcfe`: Present value of the flows of the forecast.
    - `pv_terminal`: Present value of the terminal value.
    - `terminal_value`: Value of the flows beyond the forecast, by its formula.
    - `terminal_fcfe`: Flow to equity of the first year beyond the forecast; null where the value there is given.
    - `schedule`: Year by year.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "schedule": FcfeResultSchedule,
        "warnings": FcfeResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def equity_value(self) -> float: ...

        @property
        def value_per_share(self) -> float | None: ...

        @property
        def pv_fcfe(self) -> float: ...

        @property
        def pv_terminal(self) -> float: ...

        @property
        def terminal_value(self) -> float: ...

        @property
        def terminal_fcfe(self) -> float | None: ...

        @property
        def schedule(self) -> FcfeResultSchedule: ...

        @property
        def warnings(self) -> list[FcfeResultWarnings]: ...


class Fcfe(Engine):
    """Free cash flow to equity, discounted at the cost of equity.

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
    - `cost_of_equity`: Cost of equity: one rate, or one a year.
    - `cost_of_debt`: Interest rate of debt; required with debt.
    - `debt`: Balances of debt from year 0 to the last year; required unless fcfe is given.
    - `fcfe`: Explicit flows to equity, instead of stages or forecast.
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
    model = "fcfe"
    _result: ClassVar[type[Record]] = FcfeResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cost_of_equity: Number | Numbers,
            terminal: FcfeInputsTerminal,
            base_revenue: Number | None = None,
            base: FcfeInputsBase | None = None,
            stages: Sequence[FcfeInputsStages] | None = None,
            tax_rate: Number | None = None,
            overrides: Sequence[FcfeInputsOverrides] | None = None,
            reinvestment_basis: Literal["sales_to_fixed_capital", "sales_to_invested_capital", "capex_da_nwc", "reinvestment_rate"] | None = None,
            allow_divestment: bool | None = None,
            base_nwc: Number | None = None,
            base_invested_capital: Number | None = None,
            forecast: FcfeInputsForecast | None = None,
            nol: FcfeInputsNol | None = None,
            cost_of_debt: Number | None = None,
            debt: Numbers | None = None,
            fcfe: Numbers | None = None,
            mid_year: bool | None = None,
            stub: Number | None = None,
            valuation_date: Date | None = None,
            first_year_end: Date | None = None,
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
            bridge: FcfeInputsBridge | None = None,
            shares: Number | None = None,
            options: Sequence[FcfeInputsOptions] | None = None,
            rsus: Number | None = None,
            convertibles: Sequence[FcfeInputsConvertibles] | None = None,
            treasury_price: Number | None = None,
        ) -> None: ...

        def value(self) -> FcfeResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class ReconcileInputsBase(TypedDict, total=False):
        """Driver values of year 0, from which the first stage fades."""

        growth: Number | None
        ebit_margin: Number | None
        tax_rate: Number | None
        sales_to_capital: Number | None
        nwc_pct: Number | None
        da_pct: Number | None
        capex_pct: Number | None
        reinvestment_rate: Number | None

    class ReconcileInputsStages(TypedDict, total=False):
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

    class ReconcileInputsOverrides(TypedDict, total=False):
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

    class ReconcileInputsForecast(TypedDict, total=False):
        """Explicit yearly figures instead of stages."""

        fcff: Numbers | None
        revenue: Numbers | None
        ebit: Numbers | None
        da: Numbers | None
        capex: Numbers | None
        nwc: Numbers | None
        nopat: Numbers | None

    class ReconcileInputsNol(TypedDict, total=False):
        """Carry-forward of tax losses; null for none."""

        opening: Number | None
        usage_limit: Number | None
        add_losses: bool | None

    class ReconcileInputsTerminal(TypedDict, total=False):
        """Value beyond the forecast, by method gordon or value_driver."""

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

    class ReconcileInputsBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class ReconcileInputsBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class ReconcileInputsBridge(TypedDict, total=False):
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
        other_claims: Sequence[ReconcileInputsBridgeOtherClaims] | None
        other_assets: Sequence[ReconcileInputsBridgeOtherAssets] | None

    class ReconcileInputsOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class ReconcileInputsConvertibles(TypedDict, total=False):
        """Convertible debt, exchanged for shares when they are worth more than the principal."""

        principal: Required[Number]
        shares: Required[Number]


class ReconcileResultEquityValue(Record):
    """Value of equity by each method, without the bridge.

    - `dcf`: Flows to the firm at the weighted average cost of capital, less debt.
    - `apv`: The firm without debt and the tax saved, less debt.
    - `eva`: Invested capital and economic value added, less debt.
    - `fcfe`: Flows to equity at the cost of equity.
    - `residual_income`: Book value of equity and residual income.
    - `capital_cash_flow`: Flows to the firm with the tax saved, at the unlevered cost, less debt; null for miles_ezzell.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def dcf(self) -> float: ...

        @property
        def apv(self) -> float: ...

        @property
        def eva(self) -> float: ...

        @property
        def fcfe(self) -> float: ...

        @property
        def residual_income(self) -> float: ...

        @property
        def capital_cash_flow(self) -> float | None: ...


class ReconcileResultWarnings(Record):
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


class ReconcileResult(Record):
    """Six values of one equity.

    - `max_relative_difference`: Largest difference between two of the values, over the largest of them.
    - `wacc`: Weighted average cost of capital.
    - `cost_of_equity`: Cost of equity at this leverage.
    - `debt`: Debt at the year's end, from year 0.
    - `equity_value`: Value of equity by each method, without the bridge.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "equity_value": ReconcileResultEquityValue,
        "warnings": ReconcileResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def max_relative_difference(self) -> float: ...

        @property
        def wacc(self) -> float: ...

        @property
        def cost_of_equity(self) -> float: ...

        @property
        def debt(self) -> list[float]: ...

        @property
        def equity_value(self) -> ReconcileResultEquityValue: ...

        @property
        def warnings(self) -> list[ReconcileResultWarnings]: ...


class Reconcile(Engine):
    """One company by six valuation methods that must agree.

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
    - `unlevered_cost`: Cost of capital of the firm without debt.
    - `cost_of_debt`: Interest rate of debt.
    - `leverage`: Debt over the value of the firm in every year.
    - `method`: How debt moves with value. Default: 'harris_pringle'.
    - `mid_year`: Whether flows arrive in the middle of each year. Default: false.
    - `stub`: Part of year 1 that is still to come; 1 by default.
    - `valuation_date`: Date of the valuation, with first_year_end instead of stub.
    - `first_year_end`: Date on which year 1 ends.
    - `day_count`: Convention by which the two dates give the stub. Default: 'act/365f'.
    - `terminal`: Value beyond the forecast, by method gordon or value_driver.
    - `bridge`: From enterprise to equity value. Default: {'net_debt':null,'debt':null,'cash':null,'leases':0.0,'pension_deficit':0.0,'preferred':0.0,'minority_interest':0.0,'associates':0.0,'non_operating_assets':0.0,'other_claims':[],'other_assets':[]}.
    - `shares`: Basic shares outstanding.
    - `options`: Options on shares. Default: [].
    - `rsus`: Restricted share units.
    - `convertibles`: Convertible debt; its principal is part of debt. Default: [].
    - `treasury_price`: Share price at which dilution is taken; by default it is solved for.
    """

    __slots__ = ()
    model = "reconcile"
    _result: ClassVar[type[Record]] = ReconcileResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            unlevered_cost: Number,
            cost_of_debt: Number,
            leverage: Number,
            terminal: ReconcileInputsTerminal,
            base_revenue: Number | None = None,
            base: ReconcileInputsBase | None = None,
            stages: Sequence[ReconcileInputsStages] | None = None,
            tax_rate: Number | None = None,
            overrides: Sequence[ReconcileInputsOverrides] | None = None,
            reinvestment_basis: Literal["sales_to_fixed_capital", "sales_to_invested_capital", "capex_da_nwc", "reinvestment_rate"] | None = None,
            allow_divestment: bool | None = None,
            base_nwc: Number | None = None,
            base_invested_capital: Number | None = None,
            forecast: ReconcileInputsForecast | None = None,
            nol: ReconcileInputsNol | None = None,
            method: Literal["harris_pringle", "miles_ezzell"] | None = None,
            mid_year: bool | None = None,
            stub: Number | None = None,
            valuation_date: Date | None = None,
            first_year_end: Date | None = None,
            day_count: Literal["act/365f", "act/360", "act/act_isda", "30/360", "30e/360"] | None = None,
            bridge: ReconcileInputsBridge | None = None,
            shares: Number | None = None,
            options: Sequence[ReconcileInputsOptions] | None = None,
            rsus: Number | None = None,
            convertibles: Sequence[ReconcileInputsConvertibles] | None = None,
            treasury_price: Number | None = None,
        ) -> None: ...

        def value(self) -> ReconcileResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class LboInputsTranchesFloating(TypedDict, total=False):
        """Interest rate that follows a base rate."""

        base: Required[Number | Numbers]
        spread: Required[Number]
        floor: Number | None

    class LboInputsTranches(TypedDict, total=False):
        """Term debt of one kind."""

        name: Required[str]
        amount: Number | None
        ebitda_multiple: Number | None
        rate: Number | Numbers | None
        floating: LboInputsTranchesFloating | None
        pik_rate: Number | Numbers | None
        pik_toggle_years: Numbers | None
        pik_premium: Number | None
        amortization: Number | Numbers | None
        maturity: int | None
        sweep_priority: int | None
        fee_pct: Number | None
        oid_pct: Number | None
        fee_years: int | None

    class LboInputsRevolverFloating(TypedDict, total=False):
        """Interest rate that follows a base rate."""

        base: Required[Number | Numbers]
        spread: Required[Number]
        floor: Number | None

    class LboInputsRevolver(TypedDict, total=False):
        """Revolving credit; null for none."""

        limit: Number | None
        drawn: Number | None
        rate: Number | Numbers | None
        floating: LboInputsRevolverFloating | None
        undrawn_fee: Number | None

    class LboInputsInterestLimit(TypedDict, total=False):
        """Limit on the interest that tax recognises; null for none."""

        pct: Required[Number]
        base: Literal["ebitda", "ebit"] | None

    class LboInputsNol(TypedDict, total=False):
        """Carry-forward of tax losses; null for none."""

        opening: Number | None
        usage_limit: Number | None
        add_losses: bool | None

    class LboInputsDividends(TypedDict, total=False):
        """A dividend at the end of a year, after the sweep."""

        year: Required[int]
        amount: Required[Number]
        tranche: str | None

    class LboInputsManagementPool(TypedDict, total=False):
        """Share of the exit that goes to management; null for none."""

        pct: Required[Number]
        hurdle_moic: Number | None

    class LboInputsExit(TypedDict, total=False):
        """The sale."""

        multiple: Required[Number]
        year: int | None
        fee_pct: Number | None

    class LboInputsCovenants(TypedDict, total=False):
        """A ratio that lenders require each year."""

        kind: Required[Literal["max_total_leverage", "max_net_leverage", "min_interest_cover", "min_fccr"]]
        level: Required[Number | Numbers]
        springing_utilization: Number | None


class LboResultSchedule(Record):
    """Year by year.

    - `revenue`: Revenue.
    - `ebitda`: Operating profit before depreciation and amortisation, and before the monitoring fee.
    - `da`: Depreciation and amortisation.
    - `ebit`: EBITDA less depreciation and amortisation.
    - `cash_interest`: Interest paid on tranches and revolver, and the fee on what is not drawn.
    - `pik_interest`: Interest added to tranches.
    - `fee_amortization`: Deduction of financing fees and issue discounts.
    - `tax`: Tax.
    - `net_income`: Profit after interest and tax; fees of the transaction never enter it.
    - `cfads`: Cash flow available for debt service.
    - `mandatory`: Scheduled repayment, maturities included.
    - `sweep`: Repayment of tranches ahead of schedule.
    - `revolver_draw`: Drawn from the revolver; negative for a repayment.
    - `dividends`: Dividends, from cash or raised by tranches.
    - `cash`: Cash, from closing.
    - `revolver`: Revolver, from closing.
    - `total_debt`: Tranches and revolver, from closing.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def revenue(self) -> list[float]: ...

        @property
        def ebitda(self) -> list[float]: ...

        @property
        def da(self) -> list[float]: ...

        @property
        def ebit(self) -> list[float]: ...

        @property
        def cash_interest(self) -> list[float]: ...

        @property
        def pik_interest(self) -> list[float]: ...

        @property
        def fee_amortization(self) -> list[float]: ...

        @property
        def tax(self) -> list[float]: ...

        @property
        def net_income(self) -> list[float]: ...

        @property
        def cfads(self) -> list[float]: ...

        @property
        def mandatory(self) -> list[float]: ...

        @property
        def sweep(self) -> list[float]: ...

        @property
        def revolver_draw(self) -> list[float]: ...

        @property
        def dividends(self) -> list[float]: ...

        @property
        def cash(self) -> list[float]: ...

        @property
        def revolver(self) -> list[float]: ...

        @property
        def total_debt(self) -> list[float]: ...


class LboResultTranches(Record):
    """The life of one tranche.

    - `name`: Its name.
    - `balance`: Balance, from closing.
    - `interest`: Interest paid.
    - `pik`: Interest added to the balance.
    - `mandatory`: Scheduled repayment, the maturity included.
    - `sweep`: Repayment ahead of schedule.
    - `irr`: Yearly return of the lender, who pays the amount less fee and issue discount, and any later addition in full, and receives interest, repayments and at exit the balance; null where nothing is lent, or where the exit does not cover all debt.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

        @property
        def balance(self) -> list[float]: ...

        @property
        def interest(self) -> list[float]: ...

        @property
        def pik(self) -> list[float]: ...

        @property
        def mandatory(self) -> list[float]: ...

        @property
        def sweep(self) -> list[float]: ...

        @property
        def irr(self) -> float | None: ...


class LboResultReturnsByYear(Record):
    """Returns of an exit at the end of one year.

    - `year`: The year.
    - `exit_equity`: What the exit leaves after fees and net debt.
    - `moic`: What the sponsor receives over what it invested.
    - `irr`: Yearly return of the sponsor.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def year(self) -> int: ...

        @property
        def exit_equity(self) -> float: ...

        @property
        def moic(self) -> float: ...

        @property
        def irr(self) -> float: ...


class LboResultReturnsByMultiple(Record):
    """Returns of an exit at one multiple.

    - `multiple`: The multiple.
    - `exit_equity`: What the exit leaves after fees and net debt.
    - `moic`: What the sponsor receives over what it invested.
    - `irr`: Yearly return of the sponsor.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def multiple(self) -> float: ...

        @property
        def exit_equity(self) -> float: ...

        @property
        def moic(self) -> float: ...

        @property
        def irr(self) -> float: ...


class LboResultCredit(Record):
    """Credit statistics of each year's end.

    - `leverage`: Debt over EBITDA.
    - `net_leverage`: Debt less cash over EBITDA.
    - `interest_cover`: EBITDA over cash interest.
    - `fccr`: EBITDA less capital expenditure and tax, over cash interest and scheduled repayment.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def leverage(self) -> list[float | None]: ...

        @property
        def net_leverage(self) -> list[float | None]: ...

        @property
        def interest_cover(self) -> list[float | None]: ...

        @property
        def fccr(self) -> list[float | None]: ...


class LboResultCovenants(Record):
    """One covenant, year by year.

    - `kind`: The ratio.
    - `actual`: What it is; null where it is not defined.
    - `headroom`: Fall of EBITDA, as a fraction, that reaches the level, all else equal; null where EBITDA is not positive.
    - `breached`: Whether it is tested and not kept.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def kind(self) -> Literal["max_total_leverage", "max_net_leverage", "min_interest_cover", "min_fccr"]: ...

        @property
        def actual(self) -> list[float | None]: ...

        @property
        def headroom(self) -> list[float | None]: ...

        @property
        def breached(self) -> list[bool]: ...


class LboResultValueBridge(Record):
    """What the gain of equity consists of; null when EBITDA of the last twelve months is not positive.

    - `ebitda_growth`: Growth of EBITDA, at the entry multiple.
    - `multiple_change`: Change of the multiple, on EBITDA at exit.
    - `net_debt_reduction`: Net debt at closing less net debt at exit.
    - `fees`: Fees of transaction, financing and exit, and issue discounts; negative.
    - `dividends`: Dividends until the exit.
    - `management_pool`: Paid to management; negative.
    - `total`: The sum: dividends and proceeds less pool and all equity invested, unless wiped out.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def ebitda_growth(self) -> float: ...

        @property
        def multiple_change(self) -> float: ...

        @property
        def net_debt_reduction(self) -> float: ...

        @property
        def fees(self) -> float: ...

        @property
        def dividends(self) -> float: ...

        @property
        def management_pool(self) -> float: ...

        @property
        def total(self) -> float: ...


class LboResultWarnings(Record):
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


class LboResult(Record):
    """Returns of a buy-out, and how they came about.

    - `irr`: Yearly return of the sponsor; -1 when nothing is received.
    - `moic`: What the sponsor receives over what it invested.
    - `sources`: Where the money comes from, by name, with the total.
    - `uses`: Where it goes, by name, with the total.
    - `entry_multiple`: Price over EBITDA of the last twelve months; null when that is not positive.
    - `sponsor_equity`: Equity of the sponsor.
    - `total_debt`: Debt at closing, with the revolver.
    - `leverage`: Debt at closing over EBITDA of the last twelve months; null when that is not positive.
    - `exit_ev`: Enterprise value at exit, before fees.
    - `exit_equity`: What the exit leaves after fees and net debt; negative where lenders are not made whole.
    - `proceeds`: What equity and management receive at exit: exit_equity, and nothing where that is negative.
    - `wiped_out`: Whether the exit leaves nothing to equity.
    - `exit_debt`: Debt at exit, with the revolver.
    - `exit_cash`: Cash at exit.
    - `total_interest`: Interest until the exit, paid or added to debt, with the fee on what is not drawn.
    - `schedule`: Year by year.
    - `tranches`: Term debt, one by one.
    - `returns_by_year`: Returns of an exit at exit.multiple at the end of each year.
    - `returns_by_multiple`: Returns of an exit in the exit year at other multiples.
    - `credit`: Credit statistics of each year's end.
    - `covenants`: Covenants, in the order given.
    - `value_bridge`: What the gain of equity consists of; null when EBITDA of the last twelve months is not positive.
    - `iterations`: Most rounds that a year's circular interest took; 0 for interest on opening balances.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "schedule": LboResultSchedule,
        "tranches": LboResultTranches,
        "returns_by_year": LboResultReturnsByYear,
        "returns_by_multiple": LboResultReturnsByMultiple,
        "credit": LboResultCredit,
        "covenants": LboResultCovenants,
        "value_bridge": LboResultValueBridge,
        "warnings": LboResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def irr(self) -> float: ...

        @property
        def moic(self) -> float: ...

        @property
        def sources(self) -> dict[str, float]: ...

        @property
        def uses(self) -> dict[str, float]: ...

        @property
        def entry_multiple(self) -> float | None: ...

        @property
        def sponsor_equity(self) -> float: ...

        @property
        def total_debt(self) -> float: ...

        @property
        def leverage(self) -> float | None: ...

        @property
        def exit_ev(self) -> float: ...

        @property
        def exit_equity(self) -> float: ...

        @property
        def proceeds(self) -> float: ...

        @property
        def wiped_out(self) -> bool: ...

        @property
        def exit_debt(self) -> float: ...

        @property
        def exit_cash(self) -> float: ...

        @property
        def total_interest(self) -> float: ...

        @property
        def schedule(self) -> LboResultSchedule: ...

        @property
        def tranches(self) -> list[LboResultTranches]: ...

        @property
        def returns_by_year(self) -> list[LboResultReturnsByYear]: ...

        @property
        def returns_by_multiple(self) -> list[LboResultReturnsByMultiple]: ...

        @property
        def credit(self) -> LboResultCredit: ...

        @property
        def covenants(self) -> list[LboResultCovenants]: ...

        @property
        def value_bridge(self) -> LboResultValueBridge | None: ...

        @property
        def iterations(self) -> int: ...

        @property
        def warnings(self) -> list[LboResultWarnings]: ...


class Lbo(Engine):
    """Leveraged buy-out: returns of sponsor and lenders from price, debt stack and cash waterfall.

    - `years`: Years forecast.
    - `base_revenue`: Revenue of the year before closing.
    - `revenue_growth`: Revenue growth.
    - `ebitda_margin`: EBITDA over revenue.
    - `da_pct`: Depreciation and amortisation over revenue. Default: 0.0.
    - `capex_pct`: Capital expenditure over revenue. Default: 0.0.
    - `nwc_pct`: Net working capital over revenue. Default: 0.0.
    - `base_nwc`: Net working capital at closing; year 1's ratio times base revenue by default.
    - `tax_rate`: Tax rate.
    - `ltm_ebitda`: EBITDA of the twelve months before closing; year 1's margin times base revenue by default.
    - `purchase_price`: Enterprise value paid, free of cash and debt; either this or entry_multiple.
    - `entry_multiple`: Enterprise value paid over ltm_ebitda.
    - `existing_net_debt`: Net debt the price repays; it splits the uses and changes nothing else. Default: 0.0.
    - `transaction_fees`: Fees of the transaction, expensed at closing and not deductible. Default: 0.0.
    - `monitoring_fee`: Yearly fee to the sponsor, deductible. Default: 0.0.
    - `minimum_cash`: Cash funded at closing and never swept. Default: 0.0.
    - `cash_rate`: Interest on cash. Default: 0.0.
    - `tranches`: Term debt. Default: [].
    - `revolver`: Revolving credit; null for none.
    - `sponsor_equity`: Equity of the sponsor; by default what the other sources leave open.
    - `rollover_equity`: Equity that sellers or management leave in, ranking with the sponsor's. Default: 0.0.
    - `interest_basis`: Balances that interest accrues on. Default: 'opening'.
    - `cash_sweep`: Share of the cash left after the revolver that repays debt ahead of schedule. Default: 1.0.
    - `interest_limit`: Limit on the interest that tax recognises; null for none.
    - `nol`: Carry-forward of tax losses; null for none.
    - `dividends`: Dividends to all equity. Default: [].
    - `management_pool`: Share of the exit that goes to management; null for none.
    - `exit`: The sale.
    - `exit_multiples`: Multiples of the table returns_by_multiple; exit.multiple alone by default.
    - `covenants`: What lenders require. Default: [].
    """

    __slots__ = ()
    model = "lbo"
    _result: ClassVar[type[Record]] = LboResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            years: int,
            base_revenue: Number,
            revenue_growth: Number | Numbers,
            ebitda_margin: Number | Numbers,
            tax_rate: Number | Numbers,
            exit: LboInputsExit,
            da_pct: Number | Numbers | None = None,
            capex_pct: Number | Numbers | None = None,
            nwc_pct: Number | Numbers | None = None,
            base_nwc: Number | None = None,
            ltm_ebitda: Number | None = None,
            purchase_price: Number | None = None,
            entry_multiple: Number | None = None,
            existing_net_debt: Number | None = None,
            transaction_fees: Number | None = None,
            monitoring_fee: Number | Numbers | None = None,
            minimum_cash: Number | None = None,
            cash_rate: Number | None = None,
            tranches: Sequence[LboInputsTranches] | None = None,
            revolver: LboInputsRevolver | None = None,
            sponsor_equity: Number | None = None,
            rollover_equity: Number | None = None,
            interest_basis: Literal["opening", "average"] | None = None,
            cash_sweep: Number | Numbers | None = None,
            interest_limit: LboInputsInterestLimit | None = None,
            nol: LboInputsNol | None = None,
            dividends: Sequence[LboInputsDividends] | None = None,
            management_pool: LboInputsManagementPool | None = None,
            exit_multiples: Numbers | None = None,
            covenants: Sequence[LboInputsCovenants] | None = None,
        ) -> None: ...

        def value(self) -> LboResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class MergerInputsAcquirerOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class MergerInputsAcquirer(TypedDict, total=False):
        """The party that buys."""

        shares: Required[Number]
        share_price: Number | None
        net_income: Number | Numbers | None
        revenue: Number | Numbers | None
        ebitda: Number | Numbers | None
        da: Number | Numbers | None
        interest: Number | Numbers | None
        net_debt: Number | None
        tax_rate: Number | None
        options: Sequence[MergerInputsAcquirerOptions] | None
        book_equity: Number | None
        existing_goodwill: Number | None

    class MergerInputsTargetOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class MergerInputsTarget(TypedDict, total=False):
        """The party that is bought."""

        shares: Required[Number]
        share_price: Number | None
        net_income: Number | Numbers | None
        revenue: Number | Numbers | None
        ebitda: Number | Numbers | None
        da: Number | Numbers | None
        interest: Number | Numbers | None
        net_debt: Number | None
        tax_rate: Number | None
        options: Sequence[MergerInputsTargetOptions] | None
        book_equity: Number | None
        existing_goodwill: Number | None

    class MergerInputsOffer(TypedDict, total=False):
        """What is offered for the target's equity."""

        equity_price: Number | None
        price_per_share: Number | None
        premium: Number | None
        exchange_ratio: Number | None
        cash_per_share: Number | None

    class MergerInputsConsideration(TypedDict, total=False):
        """Cash and shares as parts of the price; required unless the offer is an exchange ratio."""

        cash_pct: Required[Number]
        stock_pct: Required[Number]

    class MergerInputsFinancing(TypedDict, total=False):
        """Where the cash comes from."""

        cash_on_hand: Number | None
        cash_yield: Number | None
        new_debt_rate: Number | None
        new_debt_amortization: Number | None
        refinance_target_debt: bool | None
        financing_fees: Number | None
        fee_years: Number | None

    class MergerInputsPpa(TypedDict, total=False):
        """Allocation of the purchase price."""

        intangibles: Number | None
        intangibles_life: Number | None
        asset_step_up: Number | None
        asset_life: Number | None
        deferred_tax: bool | None

    class MergerInputsSynergies(TypedDict, total=False):
        """What the parties gain by acting together."""

        cost: Number | None
        revenue: Number | None
        revenue_margin: Number | None
        ramp: Numbers | None
        duration: int | None
        cost_to_achieve: Numbers | None
        growth: Number | None
        discount_rate: Number | None
        perpetual: bool | None


class MergerResultSources(Record):
    """Where the money comes from.

    - `cash_on_hand`: Cash of the parties.
    - `new_debt`: Debt taken up.
    - `stock`: Shares issued, at their market price.
    - `total`: The sum.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def cash_on_hand(self) -> float: ...

        @property
        def new_debt(self) -> float: ...

        @property
        def stock(self) -> float: ...

        @property
        def total(self) -> float: ...


class MergerResultUses(Record):
    """Where it goes.

    - `equity_price`: Price of the target's equity.
    - `refinanced_debt`: Debt of the target that is repaid.
    - `advisory_fees`: Fees of advisers.
    - `financing_fees`: Fees of lenders.
    - `total`: The sum.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def equity_price(self) -> float: ...

        @property
        def refinanced_debt(self) -> float: ...

        @property
        def advisory_fees(self) -> float: ...

        @property
        def financing_fees(self) -> float: ...

        @property
        def total(self) -> float: ...


class MergerResultSchedule(Record):
    """Year by year.

    - `acquirer_net_income`: Net income of the acquirer by itself.
    - `target_net_income`: Net income of the target by itself.
    - `synergies`: Synergies before tax and costs to achieve.
    - `financing_cost`: Interest on new debt, yield forgone and lenders' fees written off, before tax.
    - `amortization`: Write-off of what the price was allocated to, before tax.
    - `pro_forma_net_income`: Net income of the combined company.
    - `pro_forma_shares`: Its shares.
    - `acquirer_eps`: Earnings per share of the acquirer by itself.
    - `pro_forma_eps`: Earnings per share of the combined company.
    - `cash_eps`: The same before the write-off of what the price was allocated to.
    - `accretion`: Pro forma less standalone earnings per share.
    - `accretion_pct`: That over standalone earnings per share; null unless these are positive.
    - `breakeven_synergies`: Pre-tax synergies that leave earnings per share as they are; negative is a cushion.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def acquirer_net_income(self) -> list[float]: ...

        @property
        def target_net_income(self) -> list[float]: ...

        @property
        def synergies(self) -> list[float]: ...

        @property
        def financing_cost(self) -> list[float]: ...

        @property
        def amortization(self) -> list[float]: ...

        @property
        def pro_forma_net_income(self) -> list[float]: ...

        @property
        def pro_forma_shares(self) -> list[float]: ...

        @property
        def acquirer_eps(self) -> list[float]: ...

        @property
        def pro_forma_eps(self) -> list[float]: ...

        @property
        def cash_eps(self) -> list[float]: ...

        @property
        def accretion(self) -> list[float]: ...

        @property
        def accretion_pct(self) -> list[float | None]: ...

        @property
        def breakeven_synergies(self) -> list[float]: ...


class MergerResultContributionRevenue(Record):
    """Parts of revenue.

    - `acquirer`: The acquirer's.
    - `target`: The target's.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def acquirer(self) -> float: ...

        @property
        def target(self) -> float: ...


class MergerResultContributionEbitda(Record):
    """Parts of operating profit before depreciation.

    - `acquirer`: The acquirer's.
    - `target`: The target's.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def acquirer(self) -> float: ...

        @property
        def target(self) -> float: ...


class MergerResultContributionNetIncome(Record):
    """Parts of net income.

    - `acquirer`: The acquirer's.
    - `target`: The target's.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def acquirer(self) -> float: ...

        @property
        def target(self) -> float: ...


class MergerResultContributionOwnership(Record):
    """Parts owned.

    - `acquirer`: The acquirer's.
    - `target`: The target's.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def acquirer(self) -> float: ...

        @property
        def target(self) -> float: ...


class MergerResultContribution(Record):
    """What each party brings, beside what it owns.

    - `revenue`: Parts of revenue.
    - `ebitda`: Parts of operating profit before depreciation.
    - `net_income`: Parts of net income.
    - `ownership`: Parts owned.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "revenue": MergerResultContributionRevenue,
        "ebitda": MergerResultContributionEbitda,
        "net_income": MergerResultContributionNetIncome,
        "ownership": MergerResultContributionOwnership,
    }

    if TYPE_CHECKING:

        @property
        def revenue(self) -> MergerResultContributionRevenue | None: ...

        @property
        def ebitda(self) -> MergerResultContributionEbitda | None: ...

        @property
        def net_income(self) -> MergerResultContributionNetIncome | None: ...

        @property
        def ownership(self) -> MergerResultContributionOwnership: ...


class MergerResultWarnings(Record):
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


class MergerResult(Record):
    """Price, financing, effect on earnings per share, and who gains.

    - `equity_price`: Price of the target's equity.
    - `offer_price`: Price of one share of the target.
    - `premium`: Offer price over market price, less 1; null without a market price.
    - `transaction_ev`: Equity price and the target's net debt.
    - `ev_revenue`: That over revenue of year 1; null when missing or not positive.
    - `ev_ebitda`: That over operating profit before depreciation of year 1; null when missing or not positive.
    - `new_shares`: Shares the acquirer issues.
    - `exchange_ratio`: New shares for one diluted share of the target.
    - `ownership_target`: Part of the combined company that the target's holders own.
    - `cash_consideration`: Part of the price paid in cash.
    - `stock_consideration`: Part of the price paid in shares.
    - `new_debt`: Debt taken up.
    - `sources`: Where the money comes from.
    - `uses`: Where it goes.
    - `pro_forma_net_debt`: Net debt of the combined company.
    - `leverage`: That over combined operating profit before depreciation of year 1; null when missing or not positive.
    - `leverage_with_synergies`: The same with the synergies of year 1.
    - `goodwill`: Goodwill, 0 for a bargain purchase; null without book_equity.
    - `deferred_tax_liability`: Tax on the difference between new book values and those for tax.
    - `bargain_gain`: What is bought for less than its net assets, 0 with goodwill; null without book_equity.
    - `schedule`: Year by year.
    - `max_price`: Equity price that leaves earnings per share in max_price_year as they are; null when there is none.
    - `pv_synergies`: Present value of synergies after tax and costs to achieve.
    - `gain_acquirer`: What the acquirer's holders gain; null without a standalone value of the target.
    - `gain_target`: What the target's holders gain; null without a standalone value of the target.
    - `roic`: Return on the price in year 1: the target's after-tax operating profit and synergies; null without ebitda.
    - `contribution`: What each party brings, beside what it owns.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "sources": MergerResultSources,
        "uses": MergerResultUses,
        "schedule": MergerResultSchedule,
        "contribution": MergerResultContribution,
        "warnings": MergerResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def equity_price(self) -> float: ...

        @property
        def offer_price(self) -> float: ...

        @property
        def premium(self) -> float | None: ...

        @property
        def transaction_ev(self) -> float: ...

        @property
        def ev_revenue(self) -> float | None: ...

        @property
        def ev_ebitda(self) -> float | None: ...

        @property
        def new_shares(self) -> float: ...

        @property
        def exchange_ratio(self) -> float: ...

        @property
        def ownership_target(self) -> float: ...

        @property
        def cash_consideration(self) -> float: ...

        @property
        def stock_consideration(self) -> float: ...

        @property
        def new_debt(self) -> float: ...

        @property
        def sources(self) -> MergerResultSources: ...

        @property
        def uses(self) -> MergerResultUses: ...

        @property
        def pro_forma_net_debt(self) -> float: ...

        @property
        def leverage(self) -> float | None: ...

        @property
        def leverage_with_synergies(self) -> float | None: ...

        @property
        def goodwill(self) -> float | None: ...

        @property
        def deferred_tax_liability(self) -> float: ...

        @property
        def bargain_gain(self) -> float | None: ...

        @property
        def schedule(self) -> MergerResultSchedule: ...

        @property
        def max_price(self) -> float | None: ...

        @property
        def pv_synergies(self) -> float: ...

        @property
        def gain_acquirer(self) -> float | None: ...

        @property
        def gain_target(self) -> float | None: ...

        @property
        def roic(self) -> float | None: ...

        @property
        def contribution(self) -> MergerResultContribution: ...

        @property
        def warnings(self) -> list[MergerResultWarnings]: ...


class Merger(Engine):
    """Merger: earnings per share, maximum price and split of value.

    - `years`: Years after the merger. Default: 3.
    - `acquirer`: The party that buys.
    - `target`: The party that is bought.
    - `offer`: What is offered for the target's equity.
    - `consideration`: Cash and shares as parts of the price; required unless the offer is an exchange ratio.
    - `financing`: Where the cash comes from. Default: {'cash_on_hand':0.0,'cash_yield':0.0,'new_debt_rate':null,'new_debt_amortization':0.0,'refinance_target_debt':false,'financing_fees':0.0,'fee_years':5.0}.
    - `advisory_fees`: Fees of advisers, paid in cash and not deductible. Default: 0.0.
    - `expense_fees`: Whether the advisers' fees are charged to net income of year 1. Default: false.
    - `ppa`: Allocation of the purchase price. Default: {'intangibles':0.0,'intangibles_life':null,'asset_step_up':0.0,'asset_life':null,'deferred_tax':true}.
    - `synergies`: What the parties gain by acting together. Default: {'cost':0.0,'revenue':0.0,'revenue_margin':null,'ramp':[1.0],'duration':null,'cost_to_achieve':[],'growth':0.0,'discount_rate':null,'perpetual':false}.
    - `standalone_target_value`: Equity value of the target by itself; by default its share price times diluted shares.
    - `max_price_year`: The year in which the maximum price leaves earnings per share as they are. Default: 1.
    """

    __slots__ = ()
    model = "merger"
    _result: ClassVar[type[Record]] = MergerResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            acquirer: MergerInputsAcquirer,
            target: MergerInputsTarget,
            offer: MergerInputsOffer,
            years: int | None = None,
            consideration: MergerInputsConsideration | None = None,
            financing: MergerInputsFinancing | None = None,
            advisory_fees: Number | None = None,
            expense_fees: bool | None = None,
            ppa: MergerInputsPpa | None = None,
            synergies: MergerInputsSynergies | None = None,
            standalone_target_value: Number | None = None,
            max_price_year: int | None = None,
        ) -> None: ...

        def value(self) -> MergerResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class ComparablesInputsPeers(TypedDict, total=False):
        """A company with a price, listed or bought."""

        name: Required[str]
        enterprise_value: Number | None
        market_cap: Number | None
        net_debt: Number | None
        revenue: Number | None
        ebitda: Number | None
        ebit: Number | None
        nopat: Number | None
        net_income: Number | None
        book_equity: Number | None
        fcff: Number | None
        metrics: Mapping[str, Number] | None
        date: Date | None

    class ComparablesInputsTargetBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class ComparablesInputsTargetBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class ComparablesInputsTargetBridge(TypedDict, total=False):
        """From enterprise to equity value; instead of net_debt."""

        net_debt: Number | None
        debt: Number | None
        cash: Number | None
        leases: Number | None
        pension_deficit: Number | None
        preferred: Number | None
        minority_interest: Number | None
        associates: Number | None
        non_operating_assets: Number | None
        other_claims: Sequence[ComparablesInputsTargetBridgeOtherClaims] | None
        other_assets: Sequence[ComparablesInputsTargetBridgeOtherAssets] | None

    class ComparablesInputsTarget(TypedDict, total=False):
        """The company to be valued."""

        net_debt: Number | None
        bridge: ComparablesInputsTargetBridge | None
        shares: Number | None
        revenue: Number | None
        ebitda: Number | None
        ebit: Number | None
        nopat: Number | None
        net_income: Number | None
        book_equity: Number | None
        fcff: Number | None
        metrics: Mapping[str, Number] | None

    class ComparablesInputsRegression(TypedDict, total=False):
        """A multiple explained by metrics, beside the statistics."""

        multiple: Required[str]
        drivers: Required[Sequence[str]]


class ComparablesResultMultiplesValues(Record):
    """The multiple of one peer.

    - `name`: The peer.
    - `value`: Its multiple; null when it has no meaning.
    - `excluded`: Whether it is left out.
    - `reason`: Why; null when it is not.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

        @property
        def value(self) -> float | None: ...

        @property
        def excluded(self) -> bool: ...

        @property
        def reason(self) -> str | None: ...


class ComparablesResultMultiples(Record):
    """One multiple over the peers, and what it implies for the target.

    - `values`: The multiple of each peer, in their order.
    - `n_used`: Peers used.
    - `min`: Smallest.
    - `p25`: Quantile at 0.25.
    - `median`: Median.
    - `p75`: Quantile at 0.75.
    - `max`: Largest.
    - `mean`: Mean, weighted by age where there is a half_life.
    - `harmonic_mean`: Harmonic mean, weighted likewise.
    - `sd`: Standard deviation with n - 1; null for a single peer.
    - `applied`: What is applied to the target.
    - `implied_ev`: Enterprise value implied; null when the target's metric is not positive or its net debt not told.
    - `implied_equity`: Equity value implied; null when the target's metric is not positive.
    - `implied_per_share`: That per share; null without shares.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "values": ComparablesResultMultiplesValues,
    }

    if TYPE_CHECKING:

        @property
        def values(self) -> list[ComparablesResultMultiplesValues]: ...

        @property
        def n_used(self) -> int: ...

        @property
        def min(self) -> float: ...

        @property
        def p25(self) -> float: ...

        @property
        def median(self) -> float: ...

        @property
        def p75(self) -> float: ...

        @property
        def max(self) -> float: ...

        @property
        def mean(self) -> float: ...

        @property
        def harmonic_mean(self) -> float: ...

        @property
        def sd(self) -> float | None: ...

        @property
        def applied(self) -> float: ...

        @property
        def implied_ev(self) -> float | None: ...

        @property
        def implied_equity(self) -> float | None: ...

        @property
        def implied_per_share(self) -> float | None: ...


class ComparablesResultRegression(Record):
    """The regression; null when none was asked for.

    - `coefficients`: Intercept, then a coefficient for each driver.
    - `se`: Their standard errors.
    - `r2`: Part of the variance explained; null when all multiples are equal.
    - `predicted`: The target's multiple.
    - `prediction_se`: Standard error of that prediction.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def coefficients(self) -> list[float]: ...

        @property
        def se(self) -> list[float]: ...

        @property
        def r2(self) -> float | None: ...

        @property
        def predicted(self) -> float: ...

        @property
        def prediction_se(self) -> float: ...


class ComparablesResultWarnings(Record):
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


class ComparablesResult(Record):
    """Values of equity by multiples, and how each came about.

    - `low`: Lowest implied equity value.
    - `mid`: Weighted mean of the implied equity values.
    - `high`: Highest implied equity value.
    - `multiples`: Each multiple by its name.
    - `regression`: The regression; null when none was asked for.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "regression": ComparablesResultRegression,
        "warnings": ComparablesResultWarnings,
    }
    _maps: ClassVar[Mapping[str, type[Record]]] = {
        "multiples": ComparablesResultMultiples,
    }

    if TYPE_CHECKING:

        @property
        def low(self) -> float: ...

        @property
        def mid(self) -> float: ...

        @property
        def high(self) -> float: ...

        @property
        def multiples(self) -> dict[str, ComparablesResultMultiples]: ...

        @property
        def regression(self) -> ComparablesResultRegression | None: ...

        @property
        def warnings(self) -> list[ComparablesResultWarnings]: ...


class Comparables(Engine):
    """Value of equity by the multiples of comparable listed companies.

    - `peers`: The companies compared with.
    - `target`: The company to be valued.
    - `multiples`: Multiples by numerator and metric: ev/ebitda, p/net_income.
    - `statistic`: What is taken of the peers. Default: 'median'.
    - `quantile`: Probability of the statistic quantile. Default: 0.5.
    - `trim`: Share of peers that a trimmed mean leaves out at each end. Default: 0.1.
    - `outliers`: Which multiples are left out as too far from the others. Default: 'none'.
    - `outlier_k`: How far is too far; 1.5 for iqr, 3.5 for mad by default.
    - `weights`: Weight of each multiple in mid; equal by default.
    - `regression`: A multiple explained by metrics, beside the statistics.
    - `premium`: Control premium put on equity values of p multiples. Default: 0.0.
    """

    __slots__ = ()
    model = "comparables"
    _result: ClassVar[type[Record]] = ComparablesResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            peers: Sequence[ComparablesInputsPeers],
            target: ComparablesInputsTarget,
            multiples: Sequence[str],
            statistic: Literal["median", "mean", "harmonic_mean", "trimmed_mean", "quantile"] | None = None,
            quantile: Number | None = None,
            trim: Number | None = None,
            outliers: Literal["none", "iqr", "mad"] | None = None,
            outlier_k: Number | None = None,
            weights: Numbers | None = None,
            regression: ComparablesInputsRegression | None = None,
            premium: Number | None = None,
        ) -> None: ...

        def value(self) -> ComparablesResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class PrecedentsInputsPeers(TypedDict, total=False):
        """A company with a price, listed or bought."""

        name: Required[str]
        enterprise_value: Number | None
        market_cap: Number | None
        net_debt: Number | None
        revenue: Number | None
        ebitda: Number | None
        ebit: Number | None
        nopat: Number | None
        net_income: Number | None
        book_equity: Number | None
        fcff: Number | None
        metrics: Mapping[str, Number] | None
        date: Date | None

    class PrecedentsInputsTargetBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class PrecedentsInputsTargetBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class PrecedentsInputsTargetBridge(TypedDict, total=False):
        """From enterprise to equity value; instead of net_debt."""

        net_debt: Number | None
        debt: Number | None
        cash: Number | None
        leases: Number | None
        pension_deficit: Number | None
        preferred: Number | None
        minority_interest: Number | None
        associates: Number | None
        non_operating_assets: Number | None
        other_claims: Sequence[PrecedentsInputsTargetBridgeOtherClaims] | None
        other_assets: Sequence[PrecedentsInputsTargetBridgeOtherAssets] | None

    class PrecedentsInputsTarget(TypedDict, total=False):
        """The company to be valued."""

        net_debt: Number | None
        bridge: PrecedentsInputsTargetBridge | None
        shares: Number | None
        revenue: Number | None
        ebitda: Number | None
        ebit: Number | None
        nopat: Number | None
        net_income: Number | None
        book_equity: Number | None
        fcff: Number | None
        metrics: Mapping[str, Number] | None

    class PrecedentsInputsRegression(TypedDict, total=False):
        """A multiple explained by metrics, beside the statistics."""

        multiple: Required[str]
        drivers: Required[Sequence[str]]


class PrecedentsResultMultiplesValues(Record):
    """The multiple of one peer.

    - `name`: The peer.
    - `value`: Its multiple; null when it has no meaning.
    - `excluded`: Whether it is left out.
    - `reason`: Why; null when it is not.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

        @property
        def value(self) -> float | None: ...

        @property
        def excluded(self) -> bool: ...

        @property
        def reason(self) -> str | None: ...


class PrecedentsResultMultiples(Record):
    """One multiple over the peers, and what it implies for the target.

    - `values`: The multiple of each peer, in their order.
    - `n_used`: Peers used.
    - `min`: Smallest.
    - `p25`: Quantile at 0.25.
    - `median`: Median.
    - `p75`: Quantile at 0.75.
    - `max`: Largest.
    - `mean`: Mean, weighted by age where there is a half_life.
    - `harmonic_mean`: Harmonic mean, weighted likewise.
    - `sd`: Standard deviation with n - 1; null for a single peer.
    - `applied`: What is applied to the target.
    - `implied_ev`: Enterprise value implied; null when the target's metric is not positive or its net debt not told.
    - `implied_equity`: Equity value implied; null when the target's metric is not positive.
    - `implied_per_share`: That per share; null without shares.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "values": PrecedentsResultMultiplesValues,
    }

    if TYPE_CHECKING:

        @property
        def values(self) -> list[PrecedentsResultMultiplesValues]: ...

        @property
        def n_used(self) -> int: ...

        @property
        def min(self) -> float: ...

        @property
        def p25(self) -> float: ...

        @property
        def median(self) -> float: ...

        @property
        def p75(self) -> float: ...

        @property
        def max(self) -> float: ...

        @property
        def mean(self) -> float: ...

        @property
        def harmonic_mean(self) -> float: ...

        @property
        def sd(self) -> float | None: ...

        @property
        def applied(self) -> float: ...

        @property
        def implied_ev(self) -> float | None: ...

        @property
        def implied_equity(self) -> float | None: ...

        @property
        def implied_per_share(self) -> float | None: ...


class PrecedentsResultRegression(Record):
    """The regression; null when none was asked for.

    - `coefficients`: Intercept, then a coefficient for each driver.
    - `se`: Their standard errors.
    - `r2`: Part of the variance explained; null when all multiples are equal.
    - `predicted`: The target's multiple.
    - `prediction_se`: Standard error of that prediction.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def coefficients(self) -> list[float]: ...

        @property
        def se(self) -> list[float]: ...

        @property
        def r2(self) -> float | None: ...

        @property
        def predicted(self) -> float: ...

        @property
        def prediction_se(self) -> float: ...


class PrecedentsResultWarnings(Record):
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


class PrecedentsResult(Record):
    """Values of equity by multiples, and how each came about.

    - `low`: Lowest implied equity value.
    - `mid`: Weighted mean of the implied equity values.
    - `high`: Highest implied equity value.
    - `multiples`: Each multiple by its name.
    - `regression`: The regression; null when none was asked for.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "regression": PrecedentsResultRegression,
        "warnings": PrecedentsResultWarnings,
    }
    _maps: ClassVar[Mapping[str, type[Record]]] = {
        "multiples": PrecedentsResultMultiples,
    }

    if TYPE_CHECKING:

        @property
        def low(self) -> float: ...

        @property
        def mid(self) -> float: ...

        @property
        def high(self) -> float: ...

        @property
        def multiples(self) -> dict[str, PrecedentsResultMultiples]: ...

        @property
        def regression(self) -> PrecedentsResultRegression | None: ...

        @property
        def warnings(self) -> list[PrecedentsResultWarnings]: ...


class Precedents(Engine):
    """Value of equity by the multiples paid in earlier transactions.

    - `peers`: The companies compared with.
    - `target`: The company to be valued.
    - `multiples`: Multiples by numerator and metric: ev/ebitda, p/net_income.
    - `statistic`: What is taken of the peers. Default: 'median'.
    - `quantile`: Probability of the statistic quantile. Default: 0.5.
    - `trim`: Share of peers that a trimmed mean leaves out at each end. Default: 0.1.
    - `outliers`: Which multiples are left out as too far from the others. Default: 'none'.
    - `outlier_k`: How far is too far; 1.5 for iqr, 3.5 for mad by default.
    - `weights`: Weight of each multiple in mid; equal by default.
    - `regression`: A multiple explained by metrics, beside the statistics.
    - `premium`: Control premium put on equity values of p multiples. Default: 0.0.
    - `as_of`: Date of the valuation; with half_life.
    - `half_life`: Years after which a transaction counts half in means; with as_of.
    """

    __slots__ = ()
    model = "precedents"
    _result: ClassVar[type[Record]] = PrecedentsResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            peers: Sequence[PrecedentsInputsPeers],
            target: PrecedentsInputsTarget,
            multiples: Sequence[str],
            statistic: Literal["median", "mean", "harmonic_mean", "trimmed_mean", "quantile"] | None = None,
            quantile: Number | None = None,
            trim: Number | None = None,
            outliers: Literal["none", "iqr", "mad"] | None = None,
            outlier_k: Number | None = None,
            weights: Numbers | None = None,
            regression: PrecedentsInputsRegression | None = None,
            premium: Number | None = None,
            as_of: Date | None = None,
            half_life: Number | None = None,
        ) -> None: ...

        def value(self) -> PrecedentsResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class SotpInputsSegments(TypedDict, total=False):
        """A part of the company: value, or metric and multiple, or model and input."""

        name: Required[str]
        ownership: Number | None
        value: Number | None
        metric: Number | None
        multiple: Number | None
        model: str | None
        input: Any | None
        output: str | None

    class SotpInputsCorporateCosts(TypedDict, total=False):
        """What the centre costs, subtracted."""

        annual: Number | None
        multiple: Number | None
        value: Number | None

    class SotpInputsBridgeOtherClaims(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class SotpInputsBridgeOtherAssets(TypedDict, total=False):
        """An amount with its name."""

        name: Required[str]
        amount: Required[Number]

    class SotpInputsBridge(TypedDict, total=False):
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
        other_claims: Sequence[SotpInputsBridgeOtherClaims] | None
        other_assets: Sequence[SotpInputsBridgeOtherAssets] | None

    class SotpInputsOptions(TypedDict, total=False):
        """A number of options with one strike."""

        count: Required[Number]
        strike: Required[Number]

    class SotpInputsConvertibles(TypedDict, total=False):
        """Convertible debt, exchanged for shares when they are worth more than the principal."""

        principal: Required[Number]
        shares: Required[Number]


class SotpResultSegments(Record):
    """The value of a part.

    - `name`: Its name.
    - `value`: Value of the part that is owned.
    - `share`: That over the sum of all parts; null when the sum is not positive.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

        @property
        def value(self) -> float: ...

        @property
        def share(self) -> float | None: ...


class SotpResultWarnings(Record):
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


class SotpResult(Record):
    """The value of the whole, and of each part.

    - `segments`: Each part, in its order.
    - `enterprise_value`: Value of the parts less costs and discount.
    - `equity_value`: Value of equity.
    - `value_per_share`: Value per diluted share; null without shares.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "segments": SotpResultSegments,
        "warnings": SotpResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def segments(self) -> list[SotpResultSegments]: ...

        @property
        def enterprise_value(self) -> float: ...

        @property
        def equity_value(self) -> float: ...

        @property
        def value_per_share(self) -> float | None: ...

        @property
        def warnings(self) -> list[SotpResultWarnings]: ...


class Sotp(Engine):
    """Sum of the parts: segments by value, multiple or model, less costs and discount.

    - `segments`: The parts.
    - `corporate_costs`: What the centre costs, subtracted.
    - `holding_discount`: Discount on the sum of segments less costs. Default: 0.0.
    - `bridge`: From enterprise to equity value. Default: {'net_debt':null,'debt':null,'cash':null,'leases':0.0,'pension_deficit':0.0,'preferred':0.0,'minority_interest':0.0,'associates':0.0,'non_operating_assets':0.0,'other_claims':[],'other_assets':[]}.
    - `shares`: Basic shares outstanding.
    - `options`: Options on shares. Default: [].
    - `rsus`: Restricted share units.
    - `convertibles`: Convertible debt; its principal is part of debt. Default: [].
    - `treasury_price`: Share price at which dilution is taken; by default it is solved for.
    """

    __slots__ = ()
    model = "sotp"
    _result: ClassVar[type[Record]] = SotpResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            segments: Sequence[SotpInputsSegments],
            corporate_costs: SotpInputsCorporateCosts | None = None,
            holding_discount: Number | None = None,
            bridge: SotpInputsBridge | None = None,
            shares: Number | None = None,
            options: Sequence[SotpInputsOptions] | None = None,
            rsus: Number | None = None,
            convertibles: Sequence[SotpInputsConvertibles] | None = None,
            treasury_price: Number | None = None,
        ) -> None: ...

        def value(self) -> SotpResult:
            """The outputs for these inputs."""
            ...


if TYPE_CHECKING:
    class FootballFieldInputsRows(TypedDict, total=False):
        """A method: low, mid and high, or a model with its input and the values of one path."""

        name: Required[str]
        low: Number | None
        mid: Number | None
        high: Number | None
        model: str | None
        input: Any | None
        output: str | None
        path: str | None
        low_value: Number | None
        high_value: Number | None


class FootballFieldResultRows(Record):
    """The range of a method.

    - `name`: Its name.
    - `low`: Low end.
    - `mid`: Value between; of a model its base value, which may lie outside.
    - `high`: High end.
    - `upside_low`: Low over price, less 1; null without a price.
    - `upside_high`: High over price, less 1; null without a price.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...

        @property
        def low(self) -> float: ...

        @property
        def mid(self) -> float: ...

        @property
        def high(self) -> float: ...

        @property
        def upside_low(self) -> float | None: ...

        @property
        def upside_high(self) -> float | None: ...


class FootballFieldResultOverlap(Record):
    """What lies in every row, from the highest low to the lowest high; null when nothing does.

    - `low`: Low end.
    - `high`: High end.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def low(self) -> float: ...

        @property
        def high(self) -> float: ...


class FootballFieldResultRange(Record):
    """From the lowest low to the highest high.

    - `low`: Low end.
    - `high`: High end.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def low(self) -> float: ...

        @property
        def high(self) -> float: ...


class FootballFieldResultWarnings(Record):
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


class FootballFieldResult(Record):
    """The rows, and what they have in common.

    - `rows`: Each method, in its order.
    - `overlap`: What lies in every row, from the highest low to the lowest high; null when nothing does.
    - `range`: From the lowest low to the highest high.
    - `warnings`: What deserves a second look; a warning never changes a number.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "rows": FootballFieldResultRows,
        "overlap": FootballFieldResultOverlap,
        "range": FootballFieldResultRange,
        "warnings": FootballFieldResultWarnings,
    }

    if TYPE_CHECKING:

        @property
        def rows(self) -> list[FootballFieldResultRows]: ...

        @property
        def overlap(self) -> FootballFieldResultOverlap | None: ...

        @property
        def range(self) -> FootballFieldResultRange: ...

        @property
        def warnings(self) -> list[FootballFieldResultWarnings]: ...


class FootballField(Engine):
    """Ranges of several valuation methods side by side, and where they overlap.

    - `rows`: The methods.
    - `price`: What the ranges are compared with.
    """

    __slots__ = ()
    model = "football_field"
    _result: ClassVar[type[Record]] = FootballFieldResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rows: Sequence[FootballFieldInputsRows],
            price: Number | None = None,
        ) -> None: ...

        def value(self) -> FootballFieldResult:
            """The outputs for these inputs."""
            ...
