//! What a buy-out is told: the business, the price, the debt stack, the rules of the waterfall, the
//! exit.

use crate::model::{Domain, Series, choice, record};
use crate::valuation::losses::Nol;

record! {
    /// A leveraged buy-out: sponsor returns from entry price, debt stack and cash waterfall.
    pub struct Lbo<N> {
        /// Years forecast.
        pub years: u32 [Domain::COUNT.at_least(1.0).at_most(30.0)],
        /// Revenue of the year before closing.
        pub base_revenue: N [Domain::MONEY.above(0.0)],
        /// Revenue growth.
        pub revenue_growth: Series<N> [Domain::RATE],
        /// EBITDA over revenue.
        pub ebitda_margin: Series<N> [Domain::FRACTION.below(1.0)],
        /// Depreciation and amortisation over revenue.
        pub da_pct: Series<N> [Domain::FRACTION.at_least(0.0)] = Series::Flat(0.0),
        /// Capital expenditure over revenue.
        pub capex_pct: Series<N> [Domain::FRACTION.at_least(0.0)] = Series::Flat(0.0),
        /// Net working capital over revenue.
        pub nwc_pct: Series<N> [Domain::FRACTION] = Series::Flat(0.0),
        /// Net working capital at closing; year 1's ratio times base revenue by default.
        pub base_nwc: Option<N> [Domain::MONEY],
        /// Tax rate.
        pub tax_rate: Series<N> [Domain::TAX_RATE],
        /// EBITDA of the twelve months before closing; year 1's margin times base revenue by default.
        pub ltm_ebitda: Option<N> [Domain::MONEY],
        /// Enterprise value paid, free of cash and debt; either this or entry_multiple.
        pub purchase_price: Option<N> [Domain::MONEY.above(0.0)],
        /// Enterprise value paid over ltm_ebitda.
        pub entry_multiple: Option<N> [Domain::NUMBER.above(0.0)],
        /// Net debt the price repays; it splits the uses and changes nothing else.
        pub existing_net_debt: N [Domain::MONEY] = 0.0,
        /// Fees of the transaction, expensed at closing and not deductible.
        pub transaction_fees: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Yearly fee to the sponsor, deductible.
        pub monitoring_fee: Series<N> [Domain::MONEY.at_least(0.0)] = Series::Flat(0.0),
        /// Cash funded at closing and never swept.
        pub minimum_cash: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Interest on cash.
        pub cash_rate: N [Domain::RATE] = 0.0,
        /// Term debt.
        pub tranches: Vec<Tranche<N>> = Vec::new(),
        /// Revolving credit; null for none.
        pub revolver: Option<Revolver<N>>,
        /// Equity of the sponsor; by default what the other sources leave open.
        pub sponsor_equity: Option<N> [Domain::MONEY.above(0.0)],
        /// Equity that sellers or management leave in, ranking with the sponsor's.
        pub rollover_equity: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Balances that interest accrues on.
        pub interest_basis: InterestBasis = InterestBasis::default(),
        /// Share of the cash left after the revolver that repays debt ahead of schedule.
        pub cash_sweep: Series<N> [Domain::SHARE] = Series::Flat(1.0),
        /// Limit on the interest that tax recognises; null for none.
        pub interest_limit: Option<InterestLimit<N>>,
        /// Carry-forward of tax losses; null for none.
        pub nol: Option<Nol<N>>,
        /// Dividends to all equity.
        pub dividends: Vec<Dividend<N>> = Vec::new(),
        /// Share of the exit that goes to management; null for none.
        pub management_pool: Option<ManagementPool<N>>,
        /// The sale.
        pub exit: Exit<N>,
        /// Multiples of the table returns_by_multiple; exit.multiple alone by default.
        pub exit_multiples: Option<Vec<N>> [Domain::NUMBER.above(0.0)],
        /// What lenders require.
        pub covenants: Vec<Covenant<N>> = Vec::new(),
    }
}

record! {
    /// Term debt of one kind.
    pub struct Tranche<N> {
        /// Its name, unlike that of any other source.
        pub name: String,
        /// Face amount; either this or ebitda_multiple.
        pub amount: Option<N> [Domain::MONEY.at_least(0.0)],
        /// Face amount over ltm_ebitda.
        pub ebitda_multiple: Option<N> [Domain::NUMBER.at_least(0.0)],
        /// Interest rate; either this or floating.
        pub rate: Option<Series<N>> [Domain::RATE],
        /// Interest rate that follows a base rate.
        pub floating: Option<Floating<N>>,
        /// Further interest, added to the balance instead of paid.
        pub pik_rate: Series<N> [Domain::FRACTION.at_least(0.0)] = Series::Flat(0.0),
        /// Years in which all interest is added to the balance.
        pub pik_toggle_years: Vec<u32> [Domain::COUNT.at_least(1.0).at_most(30.0)] = Vec::new(),
        /// What the rate rises by in those years.
        pub pik_premium: N [Domain::FRACTION.at_least(0.0)] = 0.0,
        /// Scheduled repayment as a fraction of the original amount.
        pub amortization: Series<N> [Domain::SHARE] = Series::Flat(0.0),
        /// Year in which the balance falls due; null for beyond the forecast.
        pub maturity: Option<u32> [Domain::COUNT.at_least(1.0)],
        /// Place in the cash sweep, the lowest first, equal ones pro rata; null for not swept.
        pub sweep_priority: Option<u32> [Domain::COUNT],
        /// Fee to arrange it, over the amount.
        pub fee_pct: N [Domain::FRACTION.at_least(0.0).below(1.0)] = 0.0,
        /// Discount at issue, over the amount.
        pub oid_pct: N [Domain::FRACTION.at_least(0.0).below(1.0)] = 0.0,
        /// Years over which fee and discount are deducted; the maturity by default, else all years.
        pub fee_years: Option<u32> [Domain::COUNT.at_least(1.0)],
    }
}

record! {
    /// A rate of the larger of base and floor, plus a spread.
    pub struct Floating<N> {
        /// Base rate.
        pub base: Series<N> [Domain::RATE],
        /// Added to it.
        pub spread: N [Domain::FRACTION],
        /// The base rate counts for at least this; null for no floor.
        pub floor: Option<N> [Domain::FRACTION],
    }
}

record! {
    /// Revolving credit, drawn when cash falls short and repaid first.
    pub struct Revolver<N> {
        /// Most that may be drawn; null for any amount.
        pub limit: Option<N> [Domain::MONEY.at_least(0.0)],
        /// Drawn at closing.
        pub drawn: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Interest rate; either this or floating.
        pub rate: Option<Series<N>> [Domain::RATE],
        /// Interest rate that follows a base rate.
        pub floating: Option<Floating<N>>,
        /// Fee on what is not drawn; nothing without a limit.
        pub undrawn_fee: N [Domain::FRACTION.at_least(0.0)] = 0.0,
    }
}

choice! {
    /// The balances that cash interest accrues on.
    pub enum InterestBasis {
        /// Those at the year's start.
        Opening = "opening",
        /// The mean of the year's start and end, before dividends.
        Average = "average",
    }
}

record! {
    /// Interest is deductible up to a share of earnings; the excess is carried forward without expiry.
    pub struct InterestLimit<N> {
        /// The share.
        pub pct: N [Domain::FRACTION.at_least(0.0)],
        /// Of which earnings.
        pub base: LimitBase = LimitBase::default(),
    }
}

choice! {
    /// Earnings that limit the deduction of interest.
    pub enum LimitBase {
        /// Before depreciation and amortisation.
        Ebitda = "ebitda",
        /// After depreciation and amortisation.
        Ebit = "ebit",
    }
}

record! {
    /// A dividend at the end of a year, after the sweep.
    pub struct Dividend<N> {
        /// The year.
        pub year: u32 [Domain::COUNT.at_least(1.0).at_most(30.0)],
        /// How much.
        pub amount: N [Domain::MONEY.above(0.0)],
        /// The tranche that is raised to pay it; null for cash above the minimum.
        pub tranche: Option<String>,
    }
}

record! {
    /// Management's share of what the exit pays above a hurdle.
    pub struct ManagementPool<N> {
        /// The share.
        pub pct: N [Domain::FRACTION.at_least(0.0).below(1.0)],
        /// Multiple of all equity invested above which it is paid.
        pub hurdle_moic: N [Domain::NUMBER.at_least(0.0)] = 1.0,
    }
}

record! {
    /// The sale of the company.
    pub struct Exit<N> {
        /// Enterprise value over EBITDA of the exit year.
        pub multiple: N [Domain::NUMBER.above(0.0)],
        /// The year at whose end it is sold; the last by default.
        pub year: Option<u32> [Domain::COUNT.at_least(1.0).at_most(30.0)],
        /// Costs of the sale over enterprise value.
        pub fee_pct: N [Domain::FRACTION.at_least(0.0).below(1.0)] = 0.0,
    }
}

choice! {
    /// What a covenant looks at.
    pub enum CovenantKind {
        /// All debt over EBITDA, at most.
        MaxTotalLeverage = "max_total_leverage",
        /// Debt less cash over EBITDA, at most.
        MaxNetLeverage = "max_net_leverage",
        /// EBITDA over cash interest, at least.
        MinInterestCover = "min_interest_cover",
        /// EBITDA less capital expenditure and tax, over cash interest and scheduled repayment, at least.
        MinFccr = "min_fccr",
    }
}

record! {
    /// A ratio that lenders require each year.
    pub struct Covenant<N> {
        /// The ratio.
        pub kind: CovenantKind,
        /// What it may reach.
        pub level: Series<N> [Domain::NUMBER.above(0.0)],
        /// Tested only in years that end with more than this part of the revolver drawn; null for always.
        pub springing_utilization: Option<N> [Domain::SHARE],
    }
}
