//! Leveraged buy-out: a sponsor buys a company mostly with debt, lets its cash repay the debt, and
//! sells it. Valued are the returns of the sponsor and of each lender.
//!
//! Start at [`Lbo`] and [`Lbo::value`]. A `deal` closes, runs year by year through the `waterfall`
//! and exits; `interest` settles what it accrues on; `account` and `credit` tell of it, `explanation`
//! tells the gain of equity as a sum. The method is
//! that of Rosenbaum and Pearl, "Investment Banking", chapters 4 and 5.
//!
//! The waterfall is one formula over any number type. Trials run it by lanes where interest accrues
//! on opening balances; circular interest needs an iteration, and the return where dividends precede
//! the exit a root search, so such a `trial` is valued by itself, in books made once a block. Schedules,
//! tables and statistics are read off the whole account of each trial.
//!
//! Not supported: periods shorter than a year, add-on acquisitions, several currencies, recovery of
//! lenders by seniority, equity kickers, purchase accounting beyond the deduction of financing fees.

mod account;
mod credit;
// Only what is inlined into the block loop is compiled for the wide instruction set.
#[allow(clippy::inline_always)]
mod deal;
mod explanation;
mod input;
#[allow(clippy::inline_always)]
mod interest;
mod output;
mod rules;
mod trial;
#[allow(clippy::inline_always)]
mod waterfall;

use crate::error::{Error, ErrorKind};
use crate::model::{
    ByLanes, ByTrials, Engine, Explained, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot, value_of,
};

use account::Account;
use deal::Deal;
use interest::OnAverage;
use trial::Trial;

pub use crate::valuation::losses::Nol;
pub use input::{
    Covenant, CovenantKind, Dividend, Exit, Floating, InterestBasis, InterestLimit, Lbo, LimitBase, ManagementPool,
    Revolver, Tranche,
};
pub use output::{
    CovenantTest, CreditStatistics, LboSchedule, LboValuation, MultipleReturn, TrancheSchedule, ValueBridge, YearReturn,
};

impl Lbo {
    /// Values the buy-out.
    ///
    /// `InvalidInput` names every field that is missing or out of its range;
    /// `Undefined{what: "liquidity"}` names the year that cannot pay everybody, and
    /// `Undefined{what: "sponsor_equity"}` says that debt alone pays for the deal.
    ///
    /// ```
    /// use valor_ivx::valuation::lbo::{Exit, Lbo, Tranche};
    /// let lbo = Lbo {
    ///     years: 5,
    ///     base_revenue: 500.0,
    ///     revenue_growth: vec![0.08, 0.07, 0.06, 0.05, 0.04].into(),
    ///     ebitda_margin: 0.2.into(),
    ///     tax_rate: 0.25.into(),
    ///     entry_multiple: Some(10.0),
    ///     tranches: vec![Tranche {
    ///         name: "senior".into(),
    ///         amount: Some(600.0),
    ///         rate: Some(0.07.into()),
    ///         sweep_priority: Some(1),
    ///         ..Tranche::default()
    ///     }],
    ///     exit: Exit { multiple: 10.0, ..Exit::default() },
    ///     ..Lbo::default()
    /// };
    /// let value = lbo.value()?;
    /// assert_eq!(value.sponsor_equity, 400.0);
    /// assert!(value.irr > 0.2);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<LboValuation, Error> {
        value_of(self)
    }

    /// The deal, and the numbers its slots stand for.
    fn deal(&self) -> (Deal, Vec<f64>) {
        let mut numbers = Vec::new();
        let terms = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        (Deal::of(terms), numbers)
    }
}

impl Engine for Lbo {
    const SPEC: ModelSpec = ModelSpec {
        name: "lbo",
        about: "Leveraged buy-out: returns of sponsor and lenders from price, debt stack and cash waterfall",
        version: "1.0.0",
        primary: "irr",
        feature: "lbo_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "value_bridge.total", lines: explanation::lines });

    type Output = LboValuation;

    fn rules(&self, problems: &mut Problems) {
        rules::check(self, problems);
        if !problems.is_empty() {
            return;
        }
        let (deal, numbers) = self.deal();
        if let Some(error) = deal.fault(deal.closing(&mut deal.books(), &numbers).fault, &numbers)
            && error.kind() == ErrorKind::InvalidInput
        {
            problems.push(error);
        }
    }

    fn compute(&self) -> Result<LboValuation, Error> {
        let (deal, numbers) = self.deal();
        let mut books = deal.books();
        let closing = deal.closing(&mut books, &numbers);
        if let Some(error) = deal.fault(closing.fault, &numbers) {
            return Err(error);
        }
        let mut years = Vec::with_capacity(self.years as usize);
        let mut average = OnAverage::new(self.tranches.len());
        let (at_exit, fault) = deal.run_by_basis(&closing, &mut average, &mut years, &mut books, &numbers);
        if let Some(error) = deal.fault(fault, &numbers) {
            return Err(error);
        }
        let iterations = average.iterations;
        let amounts = books.amounts;
        Account { lbo: self, deal: &deal, numbers: &numbers, closing, amounts, years, at_exit, iterations }.write()
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        let (deal, numbers) = self.deal();
        match path {
            "base_nwc" => Some(deal.base_nwc(&numbers)),
            "ltm_ebitda" => Some(deal.ltm_ebitda(&numbers)),
            "exit.year" => Some(f64::from(self.years)),
            _ => {
                let tranche = path.strip_prefix("tranches[")?.strip_suffix("].fee_years")?.parse::<usize>();
                let tranche = self.tranches.get(tranche.ok()?)?;
                Some(f64::from(tranche.maturity.unwrap_or(self.years)))
            }
        }
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let deal = Deal::of(self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value)));
        let numbers = std::mem::take(numbers);
        let wants_irr = outputs.iter().any(|output| output == "irr");
        if self.interest_basis == InterestBasis::Average || wants_irr && deal.has_interim_dividends() {
            return ByTrials::boxed(self, Trial { deal, wants_irr }, numbers, deal::COMPUTED, outputs);
        }
        ByLanes::boxed(deal, numbers, deal::COMPUTED, outputs)
    }
}
