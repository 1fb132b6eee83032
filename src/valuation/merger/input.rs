//! What a merger is told: the two parties, the offer, how it is paid and financed, what the purchase
//! price is allocated to, and what the parties save together.

use crate::model::{Domain, Series, record};
use crate::valuation::dcf::ShareOption;

record! {
    /// An acquisition: its effect on earnings per share, the price, and who gains.
    pub struct Merger<N> {
        /// Years after the merger.
        pub years: u32 [Domain::COUNT.at_least(1.0).at_most(30.0)] = 3,
        /// The party that buys.
        pub acquirer: Party<N>,
        /// The party that is bought.
        pub target: Party<N>,
        /// What is offered for the target's equity.
        pub offer: Offer<N>,
        /// Cash and shares as parts of the price; required unless the offer is an exchange ratio.
        pub consideration: Option<Consideration<N>>,
        /// Where the cash comes from.
        pub financing: Financing<N> = Financing::default(),
        /// Fees of advisers, paid in cash and not deductible.
        pub advisory_fees: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Whether the advisers' fees are charged to net income of year 1.
        pub expense_fees: bool = false,
        /// Allocation of the purchase price.
        pub ppa: PurchasePriceAllocation<N> = PurchasePriceAllocation::default(),
        /// What the parties gain by acting together.
        pub synergies: Synergies<N> = Synergies::default(),
        /// Equity value of the target by itself; by default its share price times diluted shares.
        pub standalone_target_value: Option<N> [Domain::MONEY],
        /// The year in which the maximum price leaves earnings per share as they are.
        pub max_price_year: u32 [Domain::COUNT.at_least(1.0).at_most(30.0)] = 1,
    }
}

record! {
    /// One of the two companies.
    pub struct Party<N> {
        /// Shares outstanding.
        pub shares: N [Domain::SHARES.above(0.0)],
        /// Market price of a share; required of the acquirer, and of the target for a premium.
        pub share_price: Option<N> [Domain::MONEY.above(0.0)],
        /// Net income by itself, one for all years or one a year; by default it follows from ebitda.
        pub net_income: Option<Series<N>> [Domain::MONEY],
        /// Revenue.
        pub revenue: Option<Series<N>> [Domain::MONEY],
        /// Operating profit before depreciation and amortisation.
        pub ebitda: Option<Series<N>> [Domain::MONEY],
        /// Depreciation and amortisation.
        pub da: Series<N> [Domain::MONEY] = Series::Flat(0.0),
        /// Interest expense; 0 by default.
        pub interest: Option<Series<N>> [Domain::MONEY],
        /// Debt less cash.
        pub net_debt: N [Domain::MONEY] = 0.0,
        /// Tax rate; required of the acquirer, whose rate is the target's default.
        pub tax_rate: Option<N> [Domain::TAX_RATE],
        /// Options on shares of the target, taken at the offer price.
        pub options: Vec<ShareOption<N>> = Vec::new(),
        /// Book value of the target's equity, for goodwill.
        pub book_equity: Option<N> [Domain::MONEY],
        /// Goodwill that is already in the target's books.
        pub existing_goodwill: N [Domain::MONEY] = 0.0,
    }
}

record! {
    /// What is offered: exactly one of the four.
    pub struct Offer<N> {
        /// Price of all diluted shares.
        pub equity_price: Option<N> [Domain::MONEY.above(0.0)],
        /// Price of one share.
        pub price_per_share: Option<N> [Domain::MONEY.above(0.0)],
        /// Price of one share over its market price, less 1.
        pub premium: Option<N> [Domain::RATE],
        /// Acquirer's shares for one of the target.
        pub exchange_ratio: Option<N> [Domain::NUMBER.above(0.0)],
        /// Cash for one share beside the exchange ratio; 0 by default.
        pub cash_per_share: Option<N> [Domain::MONEY.at_least(0.0)],
    }
}

record! {
    /// Parts of the price, which sum to 1.
    pub struct Consideration<N> {
        /// Part paid in cash.
        pub cash_pct: N [Domain::SHARE],
        /// Part paid in shares of the acquirer, at their market price.
        pub stock_pct: N [Domain::SHARE],
    }
}

record! {
    /// Where the cash comes from; what cash_on_hand leaves open is new debt.
    pub struct Financing<N> {
        /// Cash of the parties that is spent.
        pub cash_on_hand: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Pre-tax yield which that cash no longer earns.
        pub cash_yield: N [Domain::FRACTION] = 0.0,
        /// Interest rate of new debt; required if there is any.
        pub new_debt_rate: Option<N> [Domain::FRACTION],
        /// Part of the original new debt that is repaid each year.
        pub new_debt_amortization: N [Domain::SHARE] = 0.0,
        /// Whether the target's net debt is repaid with new debt.
        pub refinance_target_debt: bool = false,
        /// Fees of the lenders, paid in cash.
        pub financing_fees: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Years over which the lenders' fees are written off.
        pub fee_years: N [Domain::YEARS.above(0.0)] = 5.0,
    }
}

record! {
    /// What the purchase price is allocated to beside book values and goodwill.
    pub struct PurchasePriceAllocation<N> {
        /// Intangible assets newly recognised.
        pub intangibles: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Years over which they are written off; required if there are any.
        pub intangibles_life: Option<N> [Domain::YEARS.above(0.0)],
        /// Increase in the book value of other assets.
        pub asset_step_up: N [Domain::MONEY] = 0.0,
        /// Years over which the increase is written off; required if there is one.
        pub asset_life: Option<N> [Domain::YEARS.above(0.0)],
        /// Whether a deferred tax liability is set up.
        pub deferred_tax: bool = true,
    }
}

record! {
    /// What the parties gain by acting together, before tax.
    pub struct Synergies<N> {
        /// Costs saved a year.
        pub cost: N [Domain::MONEY] = 0.0,
        /// Revenue added a year.
        pub revenue: N [Domain::MONEY] = 0.0,
        /// Profit margin of that revenue; required if there is any.
        pub revenue_margin: Option<N> [Domain::FRACTION],
        /// Part achieved, year by year; the last one holds from then on.
        pub ramp: Vec<N> [Domain::FRACTION] = vec![1.0],
        /// Years they last; for as long as is looked ahead by default.
        pub duration: Option<u32> [Domain::COUNT.at_most(200.0)],
        /// One-off costs, year by year.
        pub cost_to_achieve: Vec<N> [Domain::MONEY] = Vec::new(),
        /// Growth a year.
        pub growth: N [Domain::RATE] = 0.0,
        /// Rate that discounts them; required if there are any.
        pub discount_rate: Option<N> [Domain::RATE],
        /// Whether the last year's synergies go on for ever in present value.
        pub perpetual: bool = false,
    }
}
