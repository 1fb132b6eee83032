//! What a discounted cash-flow valuation tells.

use crate::model::{Domain, record};

/// Declares a record with the fields of another, its own among them; `extended` adds the way from the
/// other to it.
macro_rules! among {
    (plain [$($head:tt)*] $name:ident from $base:ident { $($before:tt)* } { $($own:tt)* } { $($after:tt)* }) => {
        $crate::model::record! { $($head)* { $($before)* $($own)* $($after)* } }
    };
    (
        extended [$($head:tt)*] $name:ident from $base:ident
        { $( $(#[doc = $a_doc:literal])* pub $a:ident : $a_type:ty $([$a_domain:expr])?, )* }
        { $( $(#[doc = $own_doc:literal])* pub $own:ident : $own_type:ty $([$own_domain:expr])?, )* }
        { $( $(#[doc = $b_doc:literal])* pub $b:ident : $b_type:ty $([$b_domain:expr])?, )* }
    ) => {
        $crate::model::record! {
            $($head)* {
                $( $(#[doc = $a_doc])* pub $a: $a_type $([$a_domain])?, )*
                $( $(#[doc = $own_doc])* pub $own: $own_type $([$own_domain])?, )*
                $( $(#[doc = $b_doc])* pub $b: $b_type $([$b_domain])?, )*
            }
        }

        impl $name {
            /// The same, with more to tell.
            fn extending(base: $crate::valuation::dcf::$base $(, $own: $own_type)*) -> Self {
                Self { $( $a: base.$a, )* $( $own, )* $( $b: base.$b, )* }
            }
        }
    };
}

/// Declares a valuation that tells what a dcf tells, and more.
macro_rules! valuation {
    ($kind:ident $(#[doc = $about:literal])* pub struct $name:ident { $($own:tt)* }) => {
        $crate::valuation::dcf::output::among! {
            $kind [$(#[doc = $about])* pub struct $name] $name from DcfValuation
            {
                /// Value per diluted share; null without shares.
                pub value_per_share: Option<f64> [$crate::model::Domain::MONEY],
                /// Value of equity.
                pub equity_value: f64 [$crate::model::Domain::MONEY],
                /// Value of the firm: present values of the forecast and of what follows it.
                pub enterprise_value: f64 [$crate::model::Domain::MONEY],
                /// Shares after dilution; null without shares.
                pub diluted_shares: Option<f64> [$crate::model::Domain::SHARES],
                /// Present value of the forecast flows.
                pub pv_fcff: f64 [$crate::model::Domain::MONEY],
                /// Present value of the terminal value.
                pub pv_terminal: f64 [$crate::model::Domain::MONEY],
                /// Terminal value by its formula; for a blend the weighted sum.
                pub terminal_value: f64 [$crate::model::Domain::MONEY],
                /// Terminal value at the end of the last year.
                pub terminal_value_at_horizon: f64 [$crate::model::Domain::MONEY],
                /// Free cash flow of the first year beyond the forecast; null where the forecast cannot tell.
                pub terminal_fcff: Option<f64> [$crate::model::Domain::MONEY],
                /// After-tax operating profit of that year; null where the forecast cannot tell.
                pub terminal_nopat: Option<f64> [$crate::model::Domain::MONEY],
                /// Part of enterprise value beyond the forecast; null when enterprise value is not positive.
                pub terminal_share: Option<f64> [$crate::model::Domain::FRACTION],
                /// Growth at which a Gordon value would be the same; null when there is none below wacc.
                pub implied_growth: Option<f64> [$crate::model::Domain::FRACTION],
                /// Terminal value at the horizon over last-year figures.
                pub implied_multiples: $crate::valuation::dcf::ImpliedMultiples,
                /// Return on new capital at which the value-driver formula would give the same; null when undefined.
                pub implied_ronic: Option<f64> [$crate::model::Domain::FRACTION],
                /// Enterprise value over year-1 figures.
                pub entry_multiples: $crate::valuation::dcf::EntryMultiples,
                /// The cost of capital used, a rate a year.
                pub wacc: Vec<f64> [$crate::model::Domain::FRACTION],
                /// From enterprise to equity value, each item with its sign.
                pub bridge: Vec<$crate::valuation::dcf::BridgeItem>,
            }
            { $($own)* }
            {
                /// The terminal methods used.
                pub terminal_components: Vec<$crate::valuation::dcf::TerminalComponent>,
                /// What deserves a second look; a warning never changes a number.
                pub warnings: Vec<$crate::valuation::Warning>,
            }
        }
    };
}

/// Declares a schedule that has the columns of a dcf, and more.
macro_rules! schedule {
    ($kind:ident $(#[doc = $about:literal])* pub struct $name:ident { $($own:tt)* }) => {
        $crate::valuation::dcf::output::among! {
            $kind [$(#[doc = $about])* pub struct $name] $name from DcfSchedule
            {
                /// Year, from 1.
                pub year: Vec<u32>,
                /// Years until the year's end.
                pub time: Vec<f64> [$crate::model::Domain::YEARS],
                /// Factor that discounts the year's flow.
                pub discount_factor: Vec<f64>,
                /// Revenue.
                pub revenue: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Revenue growth.
                pub growth: Vec<Option<f64>> [$crate::model::Domain::FRACTION],
                /// Operating profit over revenue.
                pub ebit_margin: Vec<Option<f64>> [$crate::model::Domain::FRACTION],
                /// Operating profit.
                pub ebit: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Depreciation and amortisation.
                pub da: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Tax on operating profit.
                pub tax: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Losses carried forward that were used.
                pub nol_used: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Losses carried forward at the year's end.
                pub nol_balance: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// After-tax operating profit.
                pub nopat: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Capital expenditure less depreciation.
                pub net_capex: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Net working capital at the year's end.
                pub nwc: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Its change.
                pub delta_nwc: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Reinvestment.
                pub reinvestment: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// Free cash flow to the firm, of the whole year.
                pub fcff: Vec<f64> [$crate::model::Domain::MONEY],
                /// Its present value, of the part still to come.
                pub pv: Vec<f64> [$crate::model::Domain::MONEY],
                /// Invested capital at the year's end.
                pub invested_capital: Vec<Option<f64>> [$crate::model::Domain::MONEY],
                /// After-tax operating profit over invested capital at the year's start.
                pub roic: Vec<Option<f64>> [$crate::model::Domain::FRACTION],
            }
            { $($own)* }
            {}
        }
    };
}
pub(in crate::valuation) use {among, schedule, valuation};

valuation! {
    plain
    /// Enterprise, equity and per-share value, and how they came about.
    pub struct DcfValuation {
        /// Year by year.
        pub schedule: DcfSchedule,
    }
}

record! {
    /// Terminal value at the horizon over figures of the last year; null where missing or not positive.
    pub struct ImpliedMultiples {
        /// Over revenue.
        pub revenue: Option<f64>,
        /// Over operating profit before depreciation.
        pub ebitda: Option<f64>,
        /// Over operating profit.
        pub ebit: Option<f64>,
        /// Over after-tax operating profit.
        pub nopat: Option<f64>,
        /// Over free cash flow.
        pub fcff: Option<f64>,
    }
}

record! {
    /// Enterprise value over figures of year 1; null where missing or not positive.
    pub struct EntryMultiples {
        /// Over revenue.
        pub revenue: Option<f64>,
        /// Over operating profit before depreciation.
        pub ebitda: Option<f64>,
        /// Over operating profit.
        pub ebit: Option<f64>,
        /// Over after-tax operating profit.
        pub nopat: Option<f64>,
    }
}

record! {
    /// One step of the bridge.
    pub struct BridgeItem {
        /// What it is.
        pub name: String,
        /// What it adds to equity.
        pub amount: f64 [Domain::MONEY],
    }
}

schedule! {
    plain
    /// The forecast, one element a year; null where a figure is not defined.
    pub struct DcfSchedule {}
}

record! {
    /// One terminal method of the valuation.
    pub struct TerminalComponent {
        /// The method.
        pub method: String,
        /// Its weight; 1 when it stands alone.
        pub weight: f64 [Domain::FRACTION],
        /// Its terminal value.
        pub terminal_value: f64 [Domain::MONEY],
        /// Its present value, before the weight.
        pub pv: f64 [Domain::MONEY],
    }
}
