//! The merger formula, over any number type: price and financing of the offer, earnings per share of
//! each year, present value of synergies and who gains.

use super::plan::{Earnings, OfferPlan, PartyPlan, Plan};
use super::{MIX_CONSTRAINT, MIX_TOLERANCE};
use crate::error::Error;
use crate::model::{Formula, Series, Slot};
use crate::number::Number;

/// Why there is no value; carried as a number beside it.
pub(super) mod fault {
    pub(in crate::valuation::merger) const MIX: f64 = 1.0;
    pub(in crate::valuation::merger) const SURPLUS_CASH: f64 = 2.0;
    pub(in crate::valuation::merger) const NO_DEBT_RATE: f64 = 3.0;
    pub(in crate::valuation::merger) const SPREAD: f64 = 4.0;
    /// The first of the missing fields; the others follow.
    pub(in crate::valuation::merger) const NEEDS: f64 = 16.0;
}

/// Part of the cash needed below which a difference is rounding.
const ROUNDING: f64 = 1e-9;

/// Price, how it is paid, and where the cash comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<N> {
    pub(super) equity_price: N,
    pub(super) offer_price: N,
    pub(super) diluted_shares: N,
    pub(super) cash: N,
    pub(super) stock: N,
    pub(super) new_shares: N,
    pub(super) refinanced_debt: N,
    /// Cash, fees and refinanced debt.
    pub(super) cash_needed: N,
    pub(super) cash_used: N,
    pub(super) new_debt: N,
}

/// What is bid, before it is financed.
struct Bid<N> {
    equity_price: N,
    offer_price: N,
    diluted_shares: N,
    cash: N,
    new_shares: N,
}

/// One year of the combined company.
#[derive(Clone, Copy, Debug)]
pub(super) struct Year<N> {
    pub(super) acquirer_net_income: N,
    pub(super) target_net_income: N,
    pub(super) synergies: N,
    pub(super) financing_cost: N,
    pub(super) amortization: N,
    pub(super) pro_forma_net_income: N,
    pub(super) pro_forma_shares: N,
    pub(super) acquirer_eps: N,
    pub(super) pro_forma_eps: N,
    pub(super) cash_eps: N,
    pub(super) accretion: N,
    pub(super) breakeven_synergies: N,
}

/// What the holders of each party gain over what they have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gains<N> {
    pub(super) acquirer: N,
    pub(super) target: N,
}

impl Plan<Slot> {
    /// The terms of the offer that is made.
    #[inline(always)]
    pub(super) fn terms<N: Number>(&self, x: &[N], fault: &mut N) -> Terms<N> {
        let (equity_price, offer_price, diluted_shares) = match self.offer {
            OfferPlan::EquityPrice(equity_price) => {
                let (price, diluted) = self.target_shares.solved(equity_price.of(x), x);
                (equity_price.of(x), price, diluted)
            }
            OfferPlan::PricePerShare(price) => self.at_price(price.of(x), x),
            OfferPlan::Premium { premium, over } => self.at_price(over.of(x) * (premium.of(x) + 1.0), x),
            OfferPlan::ExchangeRatio { ratio, cash_per_share } => {
                self.at_price(ratio.of(x) * self.acquirer_price.of(x) + cash_per_share.of(x), x)
            }
        };
        let (cash, new_shares) = match (&self.offer, self.mix) {
            (OfferPlan::ExchangeRatio { ratio, cash_per_share }, _) => {
                (cash_per_share.of(x) * diluted_shares, ratio.of(x) * diluted_shares)
            }
            (_, Some((cash_pct, stock_pct))) => {
                let off = (cash_pct.of(x) + stock_pct.of(x) - 1.0).abs();
                raise_above(fault, off, N::constant(MIX_TOLERANCE), fault::MIX);
                let cash = cash_pct.of(x) * equity_price;
                (cash, (equity_price - cash) / self.acquirer_price.of(x))
            }
            // Resolving gives every other offer a mix.
            (_, None) => (equity_price, N::constant(0.0)),
        };
        let terms = self.financed(&Bid { equity_price, offer_price, diluted_shares, cash, new_shares }, x);
        let rounding = terms.cash_needed * ROUNDING;
        raise_above(fault, self.financing.cash_on_hand.of(x), terms.cash_needed + rounding, fault::SURPLUS_CASH);
        if self.new_debt_rate.is_none() {
            raise_above(fault, terms.new_debt, rounding, fault::NO_DEBT_RATE);
        }
        terms
    }

    /// The terms at another equity price with the same part of it in cash. Cash that a low price does
    /// not need stays where it is.
    pub(super) fn terms_at(&self, equity_price: f64, cash_pct: f64, x: &[f64]) -> Terms<f64> {
        let (offer_price, diluted_shares) = self.target_shares.solved(equity_price, x);
        let cash = cash_pct * equity_price;
        let new_shares = (equity_price - cash) / self.acquirer_price.of(x);
        self.financed(&Bid { equity_price, offer_price, diluted_shares, cash, new_shares }, x)
    }

    /// Equity price, price and diluted shares at a given price of one share.
    #[inline(always)]
    fn at_price<N: Number>(&self, price: N, x: &[N]) -> (N, N, N) {
        let diluted = self.target_shares.diluted_at(price, x);
        (price * diluted, price, diluted)
    }

    #[inline(always)]
    fn financed<N: Number>(&self, bid: &Bid<N>, x: &[N]) -> Terms<N> {
        let &Bid { equity_price, offer_price, diluted_shares, cash, new_shares } = bid;
        let zero = N::constant(0.0);
        let refinanced_debt =
            if self.financing.refinance_target_debt { self.target.net_debt.of(x).max(zero) } else { zero };
        let cash_needed = cash + self.fees(x) + refinanced_debt;
        let cash_used = self.financing.cash_on_hand.of(x).min(cash_needed);
        Terms {
            equity_price,
            offer_price,
            diluted_shares,
            cash,
            stock: equity_price - cash,
            new_shares,
            refinanced_debt,
            cash_needed,
            cash_used,
            new_debt: cash_needed - cash_used,
        }
    }

    /// Fees of advisers and lenders.
    #[inline(always)]
    pub(super) fn fees<N: Number>(&self, x: &[N]) -> N {
        self.advisory_fees.of(x) + self.financing.financing_fees.of(x)
    }

    /// The combined company in year `t`, from 1.
    #[inline(always)]
    pub(super) fn year<N: Number>(&self, terms: &Terms<N>, t: usize, x: &[N]) -> Year<N> {
        let zero = N::constant(0.0);
        let (financing, ppa) = (&self.financing, &self.ppa);
        let after_tax = -self.acquirer.tax_rate.of(x) + 1.0;
        let acquirer_net_income = self.acquirer.net_income(t, x);
        let target_net_income = self.target.net_income(t, x);
        let synergies = self.synergies(t, x);
        let repaid = financing.new_debt_amortization.of(x) * (t - 1) as f64;
        let opening_debt = terms.new_debt * (-repaid + 1.0).max(zero);
        let interest = match self.new_debt_rate {
            Some(rate) => rate.of(x) * opening_debt,
            None => zero,
        };
        let forgone = financing.cash_yield.of(x) * terms.cash_used;
        let fees = written_off(financing.financing_fees.of(x), financing.fee_years.of(x), t);
        let financing_cost = interest + forgone + fees;
        let amortization = written_off(ppa.intangibles.of(x), self.intangibles_life.of(x), t)
            + written_off(ppa.asset_step_up.of(x), self.asset_life.of(x), t);
        let saved = match &self.target.interest {
            Some(interest) => zero.if_less(terms.refinanced_debt, interest.at(t - 1).of(x), zero),
            None => zero,
        };
        let before_synergies = -self.cost_to_achieve(t, x) - financing_cost - amortization + saved;
        let charged = if self.expense_fees && t == 1 { self.advisory_fees.of(x) } else { zero };
        let without_synergies = acquirer_net_income + target_net_income + before_synergies * after_tax - charged;
        let pro_forma_net_income = without_synergies + synergies * after_tax;
        let acquirer_shares = self.acquirer.shares.of(x);
        let pro_forma_shares = acquirer_shares + terms.new_shares;
        let acquirer_eps = acquirer_net_income / acquirer_shares;
        let pro_forma_eps = pro_forma_net_income / pro_forma_shares;
        Year {
            acquirer_net_income,
            target_net_income,
            synergies,
            financing_cost,
            amortization,
            pro_forma_net_income,
            pro_forma_shares,
            acquirer_eps,
            pro_forma_eps,
            cash_eps: (pro_forma_net_income + amortization * after_tax) / pro_forma_shares,
            accretion: pro_forma_eps - acquirer_eps,
            breakeven_synergies: (acquirer_eps * pro_forma_shares - without_synergies) / after_tax,
        }
    }

    /// Synergies of year `t` before tax and costs to achieve.
    #[inline(always)]
    pub(super) fn synergies<N: Number>(&self, t: usize, x: &[N]) -> N {
        let synergies = &self.synergies;
        if synergies.duration.is_some_and(|duration| t > duration as usize) {
            return N::constant(0.0);
        }
        let mut amount = synergies.cost.of(x) + synergies.revenue.of(x) * self.revenue_margin.of(x);
        let growth = synergies.growth.of(x) + 1.0;
        for _ in 1..t {
            amount = amount * growth;
        }
        amount * synergies.ramp[(t - 1).min(synergies.ramp.len() - 1)].of(x)
    }

    #[inline(always)]
    fn cost_to_achieve<N: Number>(&self, t: usize, x: &[N]) -> N {
        self.synergies.cost_to_achieve.get(t - 1).map_or(N::constant(0.0), |cost| cost.of(x))
    }

    /// Present value of synergies after costs and tax.
    #[inline(always)]
    pub(super) fn pv_synergies<N: Number>(&self, x: &[N], fault: &mut N) -> N {
        let after_tax = -self.acquirer.tax_rate.of(x) + 1.0;
        let rate = self.discount_rate.of(x);
        let factor = N::constant(1.0) / (rate + 1.0);
        let last = self.years.max(self.synergies.duration.unwrap_or(0) as usize);
        let mut discount = N::constant(1.0);
        let mut pv = N::constant(0.0);
        for t in 1..=last {
            discount = discount * factor;
            pv = pv + (self.synergies(t, x) - self.cost_to_achieve(t, x)) * after_tax * discount;
        }
        if self.perpetual {
            let growth = self.synergies.growth.of(x);
            let spread = rate - growth;
            raise(fault, growth.if_less(rate, N::constant(0.0), N::constant(fault::SPREAD)));
            pv = pv + self.synergies(last, x) * after_tax * (growth + 1.0) / spread * discount;
        }
        pv
    }

    /// Value of the target by itself, where anything tells it.
    #[inline(always)]
    pub(super) fn standalone_target<N: Number>(&self, terms: &Terms<N>, x: &[N]) -> Option<N> {
        let given = self.standalone_target_value.map(|value| value.of(x));
        given.or_else(|| self.target_price.map(|price| price.of(x) * terms.diluted_shares))
    }

    /// Gains of the holders, given the target's value by itself.
    #[inline(always)]
    pub(super) fn gains<N: Number>(&self, terms: &Terms<N>, standalone: N, pv_synergies: N, x: &[N]) -> Gains<N> {
        let shares = self.acquirer.shares.of(x);
        let acquirer = shares * self.acquirer_price.of(x);
        let combined = acquirer + standalone + pv_synergies - terms.cash - self.fees(x);
        let all_shares = shares + terms.new_shares;
        Gains {
            acquirer: shares / all_shares * combined - acquirer,
            target: terms.cash + terms.new_shares / all_shares * combined - standalone,
        }
    }

    /// Part of the combined company that the target's holders own.
    #[inline(always)]
    pub(super) fn ownership_target<N: Number>(&self, terms: &Terms<N>, x: &[N]) -> N {
        terms.new_shares / (self.acquirer.shares.of(x) + terms.new_shares)
    }

    /// Both net debts, with all cash that is spent and debt that is raised.
    #[inline(always)]
    pub(super) fn pro_forma_net_debt<N: Number>(&self, terms: &Terms<N>, x: &[N]) -> N {
        self.acquirer.net_debt.of(x) + self.target.net_debt.of(x) + terms.cash + self.fees(x)
    }
}

impl PartyPlan<Slot> {
    /// Net income of year `t` by itself.
    #[inline(always)]
    pub(super) fn net_income<N: Number>(&self, t: usize, x: &[N]) -> N {
        let of = |series: &Series<Slot>| series.at(t - 1).of(x);
        match &self.earnings {
            Earnings::NetIncome(net_income) => of(net_income),
            Earnings::Ebitda { ebitda, da } => {
                let interest = self.interest.as_ref().map_or(N::constant(0.0), of);
                (of(ebitda) - of(da) - interest) * (-self.tax_rate.of(x) + 1.0)
            }
        }
    }
}

/// What is written off in year `t` of an amount with `life` years, the last of them pro rata.
#[inline(always)]
fn written_off<N: Number>(amount: N, life: N, t: usize) -> N {
    let part = (life - (t - 1) as f64).min(N::constant(1.0)).max(N::constant(0.0));
    amount / life * part
}

/// Records `code`, 0 for none, unless an earlier fault stands.
#[inline(always)]
fn raise<N: Number>(fault: &mut N, code: N) {
    *fault = N::constant(0.0).if_less(*fault, *fault, code);
}

/// Records `code` where `value` exceeds `bound`.
#[inline(always)]
fn raise_above<N: Number>(fault: &mut N, value: N, bound: N, code: f64) {
    raise(fault, bound.if_less(value, N::constant(code), N::constant(0.0)));
}

/// The names of what the formula computes for blocks of trials.
pub(super) const COMPUTED: &[&str] = &[
    "schedule.accretion[0]",
    "equity_price",
    "offer_price",
    "new_shares",
    "ownership_target",
    "new_debt",
    "pro_forma_net_debt",
    "pv_synergies",
    "gain_acquirer",
    "gain_target",
];

impl Formula for Plan<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let mut fault = N::constant(0.0);
        let mut code = fault::NEEDS;
        for need in &self.needs {
            raise_above(&mut fault, need.amount.of(numbers).abs(), N::constant(0.0), code);
            code += 1.0;
        }
        let terms = self.terms(numbers, &mut fault);
        let pv_synergies = self.pv_synergies(numbers, &mut fault);
        outputs[0] = self.year(&terms, 1, numbers).accretion;
        outputs[1] = terms.equity_price;
        outputs[2] = terms.offer_price;
        outputs[3] = terms.new_shares;
        outputs[4] = self.ownership_target(&terms, numbers);
        outputs[5] = terms.new_debt;
        outputs[6] = self.pro_forma_net_debt(&terms, numbers);
        outputs[7] = pv_synergies;
        // Where nothing tells the target's value, nobody may ask for the gains.
        let standalone = self.standalone_target(&terms, numbers).unwrap_or(N::constant(0.0));
        let gains = self.gains(&terms, standalone, pv_synergies, numbers);
        outputs[8] = gains.acquirer;
        outputs[9] = gains.target;
        fault
    }

    fn error(&self, code: u8, x: &[f64]) -> Error {
        let code = f64::from(code);
        if code == fault::MIX {
            let sum = self.mix.map(|(cash, stock)| cash.of(x) + stock.of(x));
            return Error::invalid_input("consideration", sum, MIX_CONSTRAINT);
        }
        if code == fault::SPREAD {
            let (rate, growth) = (self.discount_rate.of(x), self.synergies.growth.of(x));
            let why = format!("the discount rate {rate} must exceed the growth {growth} of perpetual synergies");
            return Error::undefined("pv_synergies", why);
        }
        if code == fault::SURPLUS_CASH || code == fault::NO_DEBT_RATE {
            let terms = self.terms(x, &mut 0.0);
            return if code == fault::SURPLUS_CASH {
                let constraint = format!("at most the cash needed, {}: new debt cannot be negative", terms.cash_needed);
                Error::invalid_number("financing.cash_on_hand", self.financing.cash_on_hand.of(x), constraint)
            } else {
                let constraint = format!("required with new debt, which is {}", terms.new_debt);
                Error::invalid_input("financing.new_debt_rate", serde_json::Value::Null, constraint)
            };
        }
        let missing = self.needs.iter().zip(0_u8..).find(|(_, i)| fault::NEEDS + f64::from(*i) == code);
        match missing {
            Some((need, _)) => Error::invalid_input(need.field, serde_json::Value::Null, need.constraint),
            None => Error::internal("unknown_fault", format!("a merger raised the fault {code}")),
        }
    }
}
