//! What a buy-out tells.

use std::collections::BTreeMap;

use super::input::CovenantKind;
use crate::model::{Domain, record};
use crate::valuation::Warning;

record! {
    /// Returns of a buy-out, and how they came about.
    pub struct LboValuation {
        /// Yearly return of the sponsor; -1 when nothing is received.
        pub irr: f64 [Domain::FRACTION],
        /// What the sponsor receives over what it invested.
        pub moic: f64,
        /// Where the money comes from, by name, with the total.
        pub sources: BTreeMap<String, f64> [Domain::MONEY],
        /// Where it goes, by name, with the total.
        pub uses: BTreeMap<String, f64> [Domain::MONEY],
        /// Price over EBITDA of the last twelve months; null when that is not positive.
        pub entry_multiple: Option<f64>,
        /// Equity of the sponsor.
        pub sponsor_equity: f64 [Domain::MONEY],
        /// Debt at closing, with the revolver.
        pub total_debt: f64 [Domain::MONEY],
        /// Debt at closing over EBITDA of the last twelve months; null when that is not positive.
        pub leverage: Option<f64>,
        /// Enterprise value at exit, before fees.
        pub exit_ev: f64 [Domain::MONEY],
        /// What the exit leaves after fees and net debt; negative where lenders are not made whole.
        pub exit_equity: f64 [Domain::MONEY],
        /// What equity and management receive at exit: exit_equity, and nothing where that is negative.
        pub proceeds: f64 [Domain::MONEY],
        /// Whether the exit leaves nothing to equity.
        pub wiped_out: bool,
        /// Debt at exit, with the revolver.
        pub exit_debt: f64 [Domain::MONEY],
        /// Cash at exit.
        pub exit_cash: f64 [Domain::MONEY],
        /// Interest until the exit, paid or added to debt, with the fee on what is not drawn.
        pub total_interest: f64 [Domain::MONEY],
        /// Year by year.
        pub schedule: LboSchedule,
        /// Term debt, one by one.
        pub tranches: Vec<TrancheSchedule>,
        /// Returns of an exit at exit.multiple at the end of each year.
        pub returns_by_year: Vec<YearReturn>,
        /// Returns of an exit in the exit year at other multiples.
        pub returns_by_multiple: Vec<MultipleReturn>,
        /// Credit statistics of each year's end.
        pub credit: CreditStatistics,
        /// Covenants, in the order given.
        pub covenants: Vec<CovenantTest>,
        /// What the gain of equity consists of; null when EBITDA of the last twelve months is not positive.
        pub value_bridge: Option<ValueBridge>,
        /// Most rounds that a year's circular interest took; 0 for interest on opening balances.
        pub iterations: u32 [Domain::COUNT],
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// The forecast, one element a year; cash, revolver and total_debt begin with closing.
    pub struct LboSchedule {
        /// Revenue.
        pub revenue: Vec<f64> [Domain::MONEY],
        /// Operating profit before depreciation and amortisation, and before the monitoring fee.
        pub ebitda: Vec<f64> [Domain::MONEY],
        /// Depreciation and amortisation.
        pub da: Vec<f64> [Domain::MONEY],
        /// EBITDA less depreciation and amortisation.
        pub ebit: Vec<f64> [Domain::MONEY],
        /// Interest paid on tranches and revolver, and the fee on what is not drawn.
        pub cash_interest: Vec<f64> [Domain::MONEY],
        /// Interest added to tranches.
        pub pik_interest: Vec<f64> [Domain::MONEY],
        /// Deduction of financing fees and issue discounts.
        pub fee_amortization: Vec<f64> [Domain::MONEY],
        /// Tax.
        pub tax: Vec<f64> [Domain::MONEY],
        /// Profit after interest and tax; fees of the transaction never enter it.
        pub net_income: Vec<f64> [Domain::MONEY],
        /// Cash flow available for debt service.
        pub cfads: Vec<f64> [Domain::MONEY],
        /// Scheduled repayment, maturities included.
        pub mandatory: Vec<f64> [Domain::MONEY],
        /// Repayment of tranches ahead of schedule.
        pub sweep: Vec<f64> [Domain::MONEY],
        /// Drawn from the revolver; negative for a repayment.
        pub revolver_draw: Vec<f64> [Domain::MONEY],
        /// Dividends, from cash or raised by tranches.
        pub dividends: Vec<f64> [Domain::MONEY],
        /// Cash, from closing.
        pub cash: Vec<f64> [Domain::MONEY],
        /// Revolver, from closing.
        pub revolver: Vec<f64> [Domain::MONEY],
        /// Tranches and revolver, from closing.
        pub total_debt: Vec<f64> [Domain::MONEY],
    }
}

record! {
    /// The life of one tranche.
    pub struct TrancheSchedule {
        /// Its name.
        pub name: String,
        /// Balance, from closing.
        pub balance: Vec<f64> [Domain::MONEY],
        /// Interest paid.
        pub interest: Vec<f64> [Domain::MONEY],
        /// Interest added to the balance.
        pub pik: Vec<f64> [Domain::MONEY],
        /// Scheduled repayment, the maturity included.
        pub mandatory: Vec<f64> [Domain::MONEY],
        /// Repayment ahead of schedule.
        pub sweep: Vec<f64> [Domain::MONEY],
        /// Yearly return of the lender, who pays the amount less fee and issue discount, and any later
        /// addition in full, and receives interest, repayments and at exit the balance; null where
        /// nothing is lent, or where the exit does not cover all debt.
        pub irr: Option<f64> [Domain::FRACTION],
    }
}

record! {
    /// Returns of an exit at the end of one year.
    pub struct YearReturn {
        /// The year.
        pub year: u32,
        /// What the exit leaves after fees and net debt.
        pub exit_equity: f64 [Domain::MONEY],
        /// What the sponsor receives over what it invested.
        pub moic: f64,
        /// Yearly return of the sponsor.
        pub irr: f64 [Domain::FRACTION],
    }
}

record! {
    /// Returns of an exit at one multiple.
    pub struct MultipleReturn {
        /// The multiple.
        pub multiple: f64,
        /// What the exit leaves after fees and net debt.
        pub exit_equity: f64 [Domain::MONEY],
        /// What the sponsor receives over what it invested.
        pub moic: f64,
        /// Yearly return of the sponsor.
        pub irr: f64 [Domain::FRACTION],
    }
}

record! {
    /// Ratios that lenders watch, of each year's end; null where EBITDA is not positive or nothing is paid.
    pub struct CreditStatistics {
        /// Debt over EBITDA.
        pub leverage: Vec<Option<f64>>,
        /// Debt less cash over EBITDA.
        pub net_leverage: Vec<Option<f64>>,
        /// EBITDA over cash interest.
        pub interest_cover: Vec<Option<f64>>,
        /// EBITDA less capital expenditure and tax, over cash interest and scheduled repayment.
        pub fccr: Vec<Option<f64>>,
    }
}

record! {
    /// One covenant, year by year.
    pub struct CovenantTest {
        /// The ratio.
        pub kind: CovenantKind,
        /// What it is; null where it is not defined.
        pub actual: Vec<Option<f64>>,
        /// Fall of EBITDA, as a fraction, that reaches the level, all else equal; null where EBITDA is not positive.
        pub headroom: Vec<Option<f64>> [Domain::FRACTION],
        /// Whether it is tested and not kept.
        pub breached: Vec<bool>,
    }
}

record! {
    /// What the gain of equity consists of; the items sum to the total.
    pub struct ValueBridge {
        /// Growth of EBITDA, at the entry multiple.
        pub ebitda_growth: f64 [Domain::MONEY],
        /// Change of the multiple, on EBITDA at exit.
        pub multiple_change: f64 [Domain::MONEY],
        /// Net debt at closing less net debt at exit.
        pub net_debt_reduction: f64 [Domain::MONEY],
        /// Fees of transaction, financing and exit, and issue discounts; negative.
        pub fees: f64 [Domain::MONEY],
        /// Dividends until the exit.
        pub dividends: f64 [Domain::MONEY],
        /// Paid to management; negative.
        pub management_pool: f64 [Domain::MONEY],
        /// The sum: dividends and proceeds less pool and all equity invested, unless wiped out.
        pub total: f64 [Domain::MONEY],
    }
}
