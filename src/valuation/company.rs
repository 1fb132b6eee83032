//! The company that `dcf`, `eva`, `apv`, `fcfe` and `reconcile` value: the same fields in all of them,
//! written once. Each input stays flat, in Rust as in JSON, with its own rates of return beside them.

use crate::model::{Problems, Series};
use crate::valuation::dcf::{CostOfCapital, Dcf, Terminal};

/// Declares a `record!` with the fields of a company, its own fields among them, and a terminal object
/// of its own kind.
macro_rules! company {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident <N> { $($own:tt)* }
        $(#[doc = $doc:literal])*
        terminal: $terminal:ty
    ) => {
        $crate::valuation::company::company! {
            @declare [$(#[doc = $about])* pub struct $name<N>] $name
            {
            /// Revenue of year 0; required with stages.
            pub base_revenue: Option<N> [$crate::model::Domain::MONEY.above(0.0)],
            /// Driver values of year 0, from which the first stage fades.
            pub base: Option<$crate::valuation::dcf::Drivers<N>>,
            /// Forecast by stages of drivers; one of stages and forecast is required.
            pub stages: Option<Vec<$crate::valuation::dcf::Stage<N>>>,
            /// Tax rate where a stage gives none.
            pub tax_rate: Option<N> [$crate::model::Domain::TAX_RATE],
            /// Values that replace those of a single year.
            pub overrides: Vec<$crate::valuation::dcf::Override<N>> = Vec::new(),
            /// How reinvestment follows from the drivers.
            pub reinvestment_basis: $crate::valuation::dcf::ReinvestmentBasis = $crate::valuation::dcf::ReinvestmentBasis::default(),
            /// Whether net capital expenditure may be negative when revenue falls.
            pub allow_divestment: bool = false,
            /// Net working capital of year 0; year 1's ratio times base revenue by default.
            pub base_nwc: Option<N> [$crate::model::Domain::MONEY],
            /// Invested capital of year 0; enables return on invested capital.
            pub base_invested_capital: Option<N> [$crate::model::Domain::MONEY.above(0.0)],
            /// Explicit yearly figures instead of stages.
            pub forecast: Option<$crate::valuation::dcf::Forecast<N>>,
            /// Carry-forward of tax losses; null for none.
            pub nol: Option<$crate::valuation::dcf::Nol<N>>,
            }
            { $($own)* }
            {
            /// Whether flows arrive in the middle of each year.
            pub mid_year: bool = false,
            /// Part of year 1 that is still to come; 1 by default.
            pub stub: Option<N> [$crate::model::Domain::YEARS.above(0.0).at_most(1.0)],
            /// Date of the valuation, with first_year_end instead of stub.
            pub valuation_date: Option<$crate::time::Date>,
            /// Date on which year 1 ends.
            pub first_year_end: Option<$crate::time::Date>,
            /// Convention by which the two dates give the stub.
            pub day_count: $crate::cashflow::DayCount = $crate::cashflow::DayCount::default(),
            }
            { $(#[doc = $doc])* pub terminal: $terminal, }
            {
            /// From enterprise to equity value.
            pub bridge: $crate::valuation::dcf::Bridge<N> = $crate::valuation::dcf::Bridge::default(),
            /// Basic shares outstanding.
            pub shares: Option<N> [$crate::model::Domain::SHARES.above(0.0)],
            /// Options on shares.
            pub options: Vec<$crate::valuation::dcf::ShareOption<N>> = Vec::new(),
            /// Restricted share units.
            pub rsus: Option<N> [$crate::model::Domain::SHARES.at_least(0.0)],
            /// Convertible debt; its principal is part of debt.
            pub convertibles: Vec<$crate::valuation::dcf::Convertible<N>> = Vec::new(),
            /// Share price at which dilution is taken; by default it is solved for.
            pub treasury_price: Option<N> [$crate::model::Domain::MONEY.above(0.0)],
            }
        }
    };
    (
        @declare [$($head:tt)*] $name:ident
        { $( $(#[doc = $a_doc:literal])* pub $a:ident : $a_type:ty $([$a_domain:expr])? $(= $a_default:expr)? ),* $(,)? }
        { $($own:tt)* }
        { $( $(#[doc = $b_doc:literal])* pub $b:ident : $b_type:ty $([$b_domain:expr])? $(= $b_default:expr)? ),* $(,)? }
        { $($terminal:tt)* }
        { $( $(#[doc = $c_doc:literal])* pub $c:ident : $c_type:ty $([$c_domain:expr])? $(= $c_default:expr)? ),* $(,)? }
    ) => {
        $crate::model::record! {
            $($head)* {
                $( $(#[doc = $a_doc])* pub $a: $a_type $([$a_domain])? $(= $a_default)?, )*
                $($own)*
                $( $(#[doc = $b_doc])* pub $b: $b_type $([$b_domain])? $(= $b_default)?, )*
                $($terminal)*
                $( $(#[doc = $c_doc])* pub $c: $c_type $([$c_domain])? $(= $c_default)?, )*
            }
        }

        impl<N: Clone> $crate::valuation::company::Company<N> for $name<N> {
            fn dcf(
                &self,
                wacc: $crate::valuation::dcf::CostOfCapital<N>,
                terminal: $crate::valuation::dcf::Terminal<N>,
            ) -> $crate::valuation::dcf::Dcf<N> {
                $crate::valuation::dcf::Dcf {
                    $( $a: self.$a.clone(), )*
                    wacc,
                    $( $b: self.$b.clone(), )*
                    terminal,
                    $( $c: self.$c.clone(), )*
                }
            }
        }
    };
}
pub(in crate::valuation) use company;

/// An input declared by `company!`, of numbers or of the slots they are in.
pub(in crate::valuation) trait Company<N> {
    /// The same company as a dcf input.
    fn dcf(&self, wacc: CostOfCapital<N>, terminal: Terminal<N>) -> Dcf<N>;
}

impl<N> Dcf<N> {
    /// The years of the forecast, where the input is whole enough to tell.
    pub(in crate::valuation) fn years(&self) -> Option<usize> {
        match (&self.stages, &self.forecast) {
            (Some(stages), _) => Some(stages.iter().map(|stage| stage.years as usize).sum()),
            (None, Some(forecast)) => forecast.fcff.as_ref().or(forecast.revenue.as_ref()).map(Vec::len),
            (None, None) => None,
        }
    }
}

/// Adds a problem for each field by which flows would arrive at other times than the ends of whole years.
pub(in crate::valuation) fn require_year_ends(dcf: &Dcf, problems: &mut Problems) {
    const WHY: &str = "its flows arrive at the end of each year";
    if dcf.mid_year {
        problems.refuse("mid_year", true, format!("false with this model: {WHY}"));
    }
    if let Some(stub) = dcf.stub.filter(|stub| *stub != 1.0) {
        problems.refuse("stub", stub, format!("1 with this model: {WHY}"));
    }
    if let Some((start, end)) = dcf.valuation_date.zip(dcf.first_year_end)
        && dcf.day_count.year_fraction(start, end) != 1.0
    {
        problems.refuse("first_year_end", end.to_string(), format!("one year after valuation_date: {WHY}"));
    }
}

/// Adds a problem for invested capital that is not told, or that does not follow from the flows.
pub(in crate::valuation) fn require_invested_capital(dcf: &Dcf, problems: &mut Problems) {
    if dcf.base_invested_capital.is_none() {
        problems.missing("base_invested_capital", "required by this model: finite number > 0");
    }
    for (i, change) in dcf.overrides.iter().enumerate() {
        if let Some(fcff) = change.fcff {
            let why = "not with this model, whose capital grows by what profit and flow differ: give reinvestment";
            problems.refuse(format!("overrides[{i}].fcff"), fcff, why);
        }
    }
}

/// Adds a problem for balances of debt that are not one a year from year 0.
pub(in crate::valuation) fn require_balances(debt: &[f64], years: Option<usize>, problems: &mut Problems) {
    if let Some(years) = years
        && debt.len() != years + 1
    {
        problems.refuse("debt", debt.len(), format!("{} balances: one a year, from year 0", years + 1));
    }
}

/// Adds a problem for a tax rate that is not told.
pub(in crate::valuation) fn require_tax_rate(dcf: &Dcf, problems: &mut Problems) {
    if dcf.tax_rate.is_none() {
        problems.missing("tax_rate", "required, since interest saves tax: finite number >= 0 and < 1");
    }
}

/// Adds a problem for rates that are not one for all years, or one a year.
pub(in crate::valuation) fn require_rates(
    rates: &Series,
    field: &'static str,
    years: Option<usize>,
    problems: &mut Problems,
) {
    if let Some(years) = years {
        rates.check_length(years, field, problems);
    }
}
