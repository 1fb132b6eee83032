//! The outputs of a merger beside its formula: sources and uses, ratios, goodwill, the maximum price,
//! and warnings.

use super::formula::{Gains, Terms, Year};
use super::input::{Merger, Party};
use super::max_price::max_price;
use super::output::{Contributions, MergerSchedule, MergerValuation, Sources, Split, Uses};
use super::plan::Plan;
use crate::model::{Series, Slot};
use crate::valuation::Warning;

/// A merger and what its formula found.
pub(super) struct Account<'a> {
    pub(super) merger: &'a Merger,
    pub(super) plan: &'a Plan<Slot>,
    pub(super) numbers: &'a [f64],
    pub(super) terms: Terms<f64>,
    pub(super) pv_synergies: f64,
}

impl Account<'_> {
    pub(super) fn write(&self) -> MergerValuation {
        let Self { merger, plan, numbers, terms, .. } = self;
        let mut warnings = Warnings::default();
        let years: Vec<_> = (1..=plan.years).map(|t| plan.year(terms, t, numbers)).collect();
        let (acquirer, target) = (&merger.acquirer, &merger.target);
        let transaction_ev = terms.equity_price + target.net_debt;
        let pro_forma_net_debt = plan.pro_forma_net_debt(terms, numbers);
        let ebitda = sum_of(acquirer.ebitda.as_ref(), target.ebitda.as_ref());
        let with_synergies = ebitda.map(|ebitda| ebitda + years[0].synergies);
        let gains = self.gains(&mut warnings);
        let (goodwill, bargain_gain) = self.goodwill(&mut warnings);
        let valuation = MergerValuation {
            equity_price: terms.equity_price,
            offer_price: terms.offer_price,
            premium: warnings.given(
                "premium",
                "target.share_price",
                target.share_price.map(|price| terms.offer_price / price - 1.0),
            ),
            transaction_ev,
            ev_revenue: warnings.over("ev_revenue", "target.revenue", transaction_ev, first(target.revenue.as_ref())),
            ev_ebitda: warnings.over("ev_ebitda", "target.ebitda", transaction_ev, first(target.ebitda.as_ref())),
            new_shares: terms.new_shares,
            exchange_ratio: terms.new_shares / terms.diluted_shares,
            ownership_target: plan.ownership_target(terms, numbers),
            cash_consideration: terms.cash,
            stock_consideration: terms.stock,
            new_debt: terms.new_debt,
            sources: self.sources(),
            uses: self.uses(),
            pro_forma_net_debt,
            leverage: warnings.over("leverage", "ebitda of both parties", pro_forma_net_debt, ebitda),
            leverage_with_synergies: warnings.over(
                "leverage_with_synergies",
                "ebitda of both parties",
                pro_forma_net_debt,
                with_synergies,
            ),
            goodwill,
            deferred_tax_liability: self.deferred_tax_liability(),
            bargain_gain,
            schedule: schedule(&years, &mut warnings),
            max_price: self.max_price(&mut warnings),
            pv_synergies: self.pv_synergies,
            gain_acquirer: gains.map(|gains| gains.acquirer),
            gain_target: gains.map(|gains| gains.target),
            roic: self.roic(&years[0], &mut warnings),
            contribution: self.contribution(&years[0], &mut warnings),
            warnings: Vec::new(),
        };
        self.warn_of_inert_fields(&mut warnings);
        MergerValuation { warnings: warnings.0, ..valuation }
    }

    fn sources(&self) -> Sources {
        let Terms { cash_used, new_debt, stock, .. } = self.terms;
        Sources { cash_on_hand: cash_used, new_debt, stock, total: cash_used + new_debt + stock }
    }

    fn uses(&self) -> Uses {
        let Terms { equity_price, refinanced_debt, .. } = self.terms;
        let (advisory_fees, financing_fees) = (self.merger.advisory_fees, self.merger.financing.financing_fees);
        let total = equity_price + refinanced_debt + advisory_fees + financing_fees;
        Uses { equity_price, refinanced_debt, advisory_fees, financing_fees, total }
    }

    fn gains(&self, warnings: &mut Warnings) -> Option<Gains<f64>> {
        let standalone = self.plan.standalone_target(&self.terms, self.numbers);
        for field in ["gain_acquirer", "gain_target"] {
            warnings.given(field, "standalone_target_value or target.share_price", standalone);
        }
        standalone.map(|standalone| self.plan.gains(&self.terms, standalone, self.pv_synergies, self.numbers))
    }

    fn deferred_tax_liability(&self) -> f64 {
        let ppa = &self.merger.ppa;
        let rate = self.plan.acquirer.tax_rate.of(self.numbers);
        if ppa.deferred_tax { rate * (ppa.intangibles + ppa.asset_step_up) } else { 0.0 }
    }

    /// Goodwill and bargain gain, one of which is 0.
    fn goodwill(&self, warnings: &mut Warnings) -> (Option<f64>, Option<f64>) {
        let (ppa, target) = (&self.merger.ppa, &self.merger.target);
        let excess = target.book_equity.map(|book_equity| {
            let net_assets = book_equity - target.existing_goodwill + ppa.intangibles + ppa.asset_step_up
                - self.deferred_tax_liability();
            self.terms.equity_price - net_assets
        });
        for field in ["goodwill", "bargain_gain"] {
            warnings.given(field, "target.book_equity", excess);
        }
        (excess.map(|excess| excess.max(0.0)), excess.map(|excess| (-excess).max(0.0)))
    }

    fn roic(&self, year: &Year<f64>, warnings: &mut Warnings) -> Option<f64> {
        let target = &self.merger.target;
        let rate = |party: &super::plan::PartyPlan<Slot>| party.tax_rate.of(self.numbers);
        let profit = first(target.ebitda.as_ref()).map(|ebitda| {
            let nopat = (ebitda - target.da.at(0)) * (1.0 - rate(&self.plan.target));
            nopat + year.synergies * (1.0 - rate(&self.plan.acquirer))
        });
        let profit = warnings.given("roic", "target.ebitda", profit)?;
        let invested = self.terms.equity_price + target.net_debt + self.plan.fees(self.numbers);
        warnings.over("roic", "equity price, net debt and fees", profit, Some(invested))
    }

    fn contribution(&self, year: &Year<f64>, warnings: &mut Warnings) -> Contributions {
        let Merger { acquirer, target, .. } = self.merger;
        let mut split = |field: &str, of: &dyn Fn(&Party) -> Option<f64>| {
            let parts = of(acquirer).zip(of(target));
            let field = format!("contribution.{field}");
            let (acquirer, target) = warnings.given(&field, "this figure of both parties", parts)?;
            let sum = Some(acquirer + target);
            let acquirer = warnings.over(&field, "the sum", acquirer, sum)?;
            Some(Split { acquirer, target: target / sum? })
        };
        let ownership = self.plan.ownership_target(&self.terms, self.numbers);
        Contributions {
            revenue: split("revenue", &|party| first(party.revenue.as_ref())),
            ebitda: split("ebitda", &|party| first(party.ebitda.as_ref())),
            net_income: split("net_income", &|party| {
                let by_itself =
                    if std::ptr::eq(party, acquirer) { year.acquirer_net_income } else { year.target_net_income };
                Some(by_itself)
            }),
            ownership: Split { acquirer: 1.0 - ownership, target: ownership },
        }
    }

    fn max_price(&self, warnings: &mut Warnings) -> Option<f64> {
        let price = max_price(self.plan, &self.terms, self.numbers);
        price.map_err(|failure| warnings.add("no_max_price", "max_price", failure.error("max_price").to_string())).ok()
    }

    fn warn_of_inert_fields(&self, warnings: &mut Warnings) {
        let Merger { acquirer, synergies, .. } = self.merger;
        let inert = [
            ("acquirer.options", !acquirer.options.is_empty(), "the acquirer's shares are taken as they are"),
            ("acquirer.book_equity", acquirer.book_equity.is_some(), "goodwill follows from the target's books"),
            ("synergies.perpetual", synergies.perpetual && !self.plan.perpetual, "there is no discount rate"),
        ];
        for (field, is_inert, why) in inert {
            if is_inert {
                warnings.add("inert_path", field, format!("given, but {why}"));
            }
        }
    }
}

fn schedule(years: &[Year<f64>], warnings: &mut Warnings) -> MergerSchedule {
    let column = |of: fn(&Year<f64>) -> f64| years.iter().map(of).collect();
    let percent = |(i, year): (usize, &Year<f64>)| {
        let field = format!("schedule.accretion_pct[{i}]");
        warnings.over(&field, "the acquirer's earnings per share", year.accretion, Some(year.acquirer_eps))
    };
    MergerSchedule {
        accretion_pct: years.iter().enumerate().map(percent).collect(),
        acquirer_net_income: column(|year| year.acquirer_net_income),
        target_net_income: column(|year| year.target_net_income),
        synergies: column(|year| year.synergies),
        financing_cost: column(|year| year.financing_cost),
        amortization: column(|year| year.amortization),
        pro_forma_net_income: column(|year| year.pro_forma_net_income),
        pro_forma_shares: column(|year| year.pro_forma_shares),
        acquirer_eps: column(|year| year.acquirer_eps),
        pro_forma_eps: column(|year| year.pro_forma_eps),
        cash_eps: column(|year| year.cash_eps),
        accretion: column(|year| year.accretion),
        breakeven_synergies: column(|year| year.breakeven_synergies),
    }
}

/// The figure of year 1.
fn first(series: Option<&Series>) -> Option<f64> {
    series.map(|series| series.at(0))
}

fn sum_of(one: Option<&Series>, other: Option<&Series>) -> Option<f64> {
    first(one).zip(first(other)).map(|(one, other)| one + other)
}

/// Reasons for outputs that do not exist, among others.
#[derive(Default)]
struct Warnings(Vec<Warning>);

impl Warnings {
    fn add(&mut self, code: &str, field: &str, message: String) {
        self.0.push(Warning { code: code.to_owned(), field: field.to_owned(), message });
    }

    /// `value`, with a warning that `field` needs `source` where there is none.
    fn given<T>(&mut self, field: &str, source: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add("input_missing", field, format!("null: needs {source}"));
        }
        value
    }

    /// The quotient where the base, called `source`, is there and positive, else a warning for `field`.
    fn over(&mut self, field: &str, source: &str, value: f64, base: Option<f64>) -> Option<f64> {
        let base = self.given(field, source, base)?;
        if base > 0.0 {
            return Some(value / base);
        }
        self.add("base_not_positive", field, format!("null: {source} is {base}"));
        None
    }
}
