//! What a merger tells.

use crate::model::{Domain, record};
use crate::valuation::Warning;

record! {
    /// Price, financing, effect on earnings per share, and who gains.
    pub struct MergerValuation {
        /// Price of the target's equity.
        pub equity_price: f64 [Domain::MONEY],
        /// Price of one share of the target.
        pub offer_price: f64 [Domain::MONEY],
        /// Offer price over market price, less 1; null without a market price.
        pub premium: Option<f64> [Domain::FRACTION],
        /// Equity price and the target's net debt.
        pub transaction_ev: f64 [Domain::MONEY],
        /// That over revenue of year 1; null when missing or not positive.
        pub ev_revenue: Option<f64>,
        /// That over operating profit before depreciation of year 1; null when missing or not positive.
        pub ev_ebitda: Option<f64>,
        /// Shares the acquirer issues.
        pub new_shares: f64 [Domain::SHARES],
        /// New shares for one diluted share of the target.
        pub exchange_ratio: f64,
        /// Part of the combined company that the target's holders own.
        pub ownership_target: f64 [Domain::FRACTION],
        /// Part of the price paid in cash.
        pub cash_consideration: f64 [Domain::MONEY],
        /// Part of the price paid in shares.
        pub stock_consideration: f64 [Domain::MONEY],
        /// Debt taken up.
        pub new_debt: f64 [Domain::MONEY],
        /// Where the money comes from.
        pub sources: Sources,
        /// Where it goes.
        pub uses: Uses,
        /// Net debt of the combined company.
        pub pro_forma_net_debt: f64 [Domain::MONEY],
        /// That over combined operating profit before depreciation of year 1; null when missing or not positive.
        pub leverage: Option<f64>,
        /// The same with the synergies of year 1.
        pub leverage_with_synergies: Option<f64>,
        /// Goodwill, 0 for a bargain purchase; null without book_equity.
        pub goodwill: Option<f64> [Domain::MONEY],
        /// Tax on the difference between new book values and those for tax.
        pub deferred_tax_liability: f64 [Domain::MONEY],
        /// What is bought for less than its net assets, 0 with goodwill; null without book_equity.
        pub bargain_gain: Option<f64> [Domain::MONEY],
        /// Year by year.
        pub schedule: MergerSchedule,
        /// Equity price that leaves earnings per share in max_price_year as they are; null when there is none.
        pub max_price: Option<f64> [Domain::MONEY],
        /// Present value of synergies after tax and costs to achieve.
        pub pv_synergies: f64 [Domain::MONEY],
        /// What the acquirer's holders gain; null without a standalone value of the target.
        pub gain_acquirer: Option<f64> [Domain::MONEY],
        /// What the target's holders gain; null without a standalone value of the target.
        pub gain_target: Option<f64> [Domain::MONEY],
        /// Return on the price in year 1: the target's after-tax operating profit and synergies; null without ebitda.
        pub roic: Option<f64> [Domain::FRACTION],
        /// What each party brings, beside what it owns.
        pub contribution: Contributions,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// Where the money comes from.
    pub struct Sources {
        /// Cash of the parties.
        pub cash_on_hand: f64 [Domain::MONEY],
        /// Debt taken up.
        pub new_debt: f64 [Domain::MONEY],
        /// Shares issued, at their market price.
        pub stock: f64 [Domain::MONEY],
        /// The sum.
        pub total: f64 [Domain::MONEY],
    }
}

record! {
    /// Where the money goes.
    pub struct Uses {
        /// Price of the target's equity.
        pub equity_price: f64 [Domain::MONEY],
        /// Debt of the target that is repaid.
        pub refinanced_debt: f64 [Domain::MONEY],
        /// Fees of advisers.
        pub advisory_fees: f64 [Domain::MONEY],
        /// Fees of lenders.
        pub financing_fees: f64 [Domain::MONEY],
        /// The sum.
        pub total: f64 [Domain::MONEY],
    }
}

record! {
    /// Earnings of the combined company, one element a year.
    pub struct MergerSchedule {
        /// Net income of the acquirer by itself.
        pub acquirer_net_income: Vec<f64> [Domain::MONEY],
        /// Net income of the target by itself.
        pub target_net_income: Vec<f64> [Domain::MONEY],
        /// Synergies before tax and costs to achieve.
        pub synergies: Vec<f64> [Domain::MONEY],
        /// Interest on new debt, yield forgone and lenders' fees written off, before tax.
        pub financing_cost: Vec<f64> [Domain::MONEY],
        /// Write-off of what the price was allocated to, before tax.
        pub amortization: Vec<f64> [Domain::MONEY],
        /// Net income of the combined company.
        pub pro_forma_net_income: Vec<f64> [Domain::MONEY],
        /// Its shares.
        pub pro_forma_shares: Vec<f64> [Domain::SHARES],
        /// Earnings per share of the acquirer by itself.
        pub acquirer_eps: Vec<f64> [Domain::MONEY],
        /// Earnings per share of the combined company.
        pub pro_forma_eps: Vec<f64> [Domain::MONEY],
        /// The same before the write-off of what the price was allocated to.
        pub cash_eps: Vec<f64> [Domain::MONEY],
        /// Pro forma less standalone earnings per share.
        pub accretion: Vec<f64> [Domain::MONEY],
        /// That over standalone earnings per share; null unless these are positive.
        pub accretion_pct: Vec<Option<f64>> [Domain::FRACTION],
        /// Pre-tax synergies that leave earnings per share as they are; negative is a cushion.
        pub breakeven_synergies: Vec<f64> [Domain::MONEY],
    }
}

record! {
    /// Parts of the two parties.
    pub struct Split {
        /// The acquirer's.
        pub acquirer: f64 [Domain::FRACTION],
        /// The target's.
        pub target: f64 [Domain::FRACTION],
    }
}

record! {
    /// What each party brings in year 1; null when missing or when the sum is not positive.
    pub struct Contributions {
        /// Parts of revenue.
        pub revenue: Option<Split>,
        /// Parts of operating profit before depreciation.
        pub ebitda: Option<Split>,
        /// Parts of net income.
        pub net_income: Option<Split>,
        /// Parts owned.
        pub ownership: Split,
    }
}
