//! One year's cash waterfall: balances in, balances out, over any number type.
//!
//! The order is the deal's: operations, scheduled debt service, tax, revolver, sweep, dividends. All
//! of it but dividends is [`Deal::year`], a function of the balances that interest accrues on, so
//! that circular interest may ask again (`interest`).

use super::deal::Deal;
use super::input::{Floating, LimitBase, Tranche};
use crate::model::{Series, Slot};
use crate::number::Number;
use crate::valuation::losses::use_losses;

/// What is owed and held at one moment.
#[derive(Clone, Debug)]
pub(super) struct Balances<N> {
    pub(super) tranches: Vec<N>,
    pub(super) revolver: N,
    pub(super) cash: N,
}

impl<N: Number> Balances<N> {
    /// Nothing owed to `tranches` tranches, nothing held.
    #[inline(always)]
    pub(super) fn none(tranches: usize) -> Self {
        let zero = N::constant(0.0);
        Self { tranches: vec![zero; tranches], revolver: zero, cash: zero }
    }

    /// Tranches and revolver.
    #[inline(always)]
    pub(super) fn debt(&self) -> N {
        let mut debt = self.revolver;
        for tranche in &self.tranches {
            debt = debt + *tranche;
        }
        debt
    }

    /// Takes over the numbers of `other`, a deal of as many tranches.
    #[inline(always)]
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.tranches.copy_from_slice(&other.tranches);
        self.revolver = other.revolver;
        self.cash = other.cash;
    }
}

/// The books of a year, made once a deal and written over every year.
pub(super) struct Books<N> {
    /// Face amounts of the tranches at closing.
    pub(super) amounts: Vec<N>,
    /// At the year's start.
    pub(super) opening: Balances<N>,
    /// What cash interest accrues on.
    pub(super) accruing: Balances<N>,
    /// At the year's end.
    pub(super) closing: Balances<N>,
    /// What happens to each tranche.
    pub(super) lines: Vec<TrancheYear<N>>,
}

impl<N: Number> Books<N> {
    /// Empty books for `tranches` tranches.
    #[inline(always)]
    pub(super) fn empty(tranches: usize) -> Self {
        let balances = Balances::none(tranches);
        Self {
            amounts: balances.tranches.clone(),
            accruing: balances.clone(),
            closing: balances.clone(),
            lines: vec![TrancheYear::none(); tranches],
            opening: balances,
        }
    }

    /// Opens the books at closing, where `amounts` stand already.
    #[inline(always)]
    pub(super) fn open(&mut self, revolver: N, cash: N) {
        self.opening.tranches.copy_from_slice(&self.amounts);
        (self.opening.revolver, self.opening.cash) = (revolver, cash);
    }
}

/// What happens to one tranche in one year.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrancheYear<N> {
    pub(super) interest: N,
    pub(super) pik: N,
    pub(super) mandatory: N,
    pub(super) sweep: N,
    /// Raised to pay a dividend.
    pub(super) raised: N,
}

impl<N: Number> TrancheYear<N> {
    #[inline(always)]
    pub(super) fn none() -> Self {
        let zero = N::constant(0.0);
        Self { interest: zero, pik: zero, mandatory: zero, sweep: zero, raised: zero }
    }
}

/// What one year hands to the next beside its balances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried<N> {
    pub(super) revenue: N,
    pub(super) nwc: N,
    /// Tax losses.
    pub(super) losses: N,
    /// Interest that was not deductible yet.
    pub(super) interest: N,
}

/// The figures of a year that concern the whole deal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Year<N> {
    pub(super) operations: Operations<N>,
    pub(super) service: Service<N>,
    pub(super) fee_amortization: N,
    /// Interest received on cash.
    pub(super) cash_income: N,
    /// Profit on which tax is due, before losses carried forward.
    pub(super) taxable: N,
    pub(super) tax: N,
    pub(super) cfads: N,
    pub(super) sweep: N,
    pub(super) revolver_draw: N,
    pub(super) dividends: N,
    /// Cash above the minimum, of which dividends are paid.
    pub(super) spare_cash: N,
    /// What is missing to pay everybody, 0 in a deal that works.
    pub(super) short: N,
}

/// The business in one year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operations<N> {
    pub(super) revenue: N,
    pub(super) ebitda: N,
    pub(super) da: N,
    pub(super) capex: N,
    pub(super) delta_nwc: N,
    pub(super) monitoring_fee: N,
}

/// What lenders are due in one year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service<N> {
    /// Tranches, revolver and the fee on what is not drawn.
    pub(super) cash_interest: N,
    pub(super) pik: N,
    pub(super) mandatory: N,
}

/// The rate of year `t` (0-based), fixed or floating.
#[inline(always)]
fn rate<N: Number>(fixed: Option<&Series<Slot>>, floating: Option<&Floating<Slot>>, t: usize, x: &[N]) -> N {
    match (fixed, floating) {
        (Some(fixed), _) => fixed.at(t).of(x),
        (None, Some(floating)) => {
            let base = floating.base.at(t).of(x);
            let base = match floating.floor {
                Some(floor) => base.max(floor.of(x)),
                None => base,
            };
            base + floating.spread.of(x)
        }
        (None, None) => N::constant(0.0),
    }
}

impl Tranche<Slot> {
    /// What the lender is due in year `t`, before the sweep.
    #[inline(always)]
    fn service<N: Number>(&self, t: usize, amount: N, opening: N, accruing: N, x: &[N]) -> TrancheYear<N> {
        let rate = rate(self.rate.as_ref(), self.floating.as_ref(), t, x);
        let pik_rate = self.pik_rate.at(t).of(x);
        let (interest, pik) = if year_is_in(&self.pik_toggle_years, t) {
            (N::constant(0.0), opening * (pik_rate + rate + self.pik_premium.of(x)))
        } else {
            (accruing * rate, opening * pik_rate)
        };
        let owed = opening + pik;
        let mandatory =
            if self.maturity == Some(year_number(t)) { owed } else { owed.min(amount * self.amortization.at(t).of(x)) };
        TrancheYear { interest, pik, mandatory, ..TrancheYear::none() }
    }
}

impl Deal {
    /// Year `t` (0-based) until the sweep, with cash interest on `books.accruing`.
    #[inline(always)]
    pub(super) fn year<N: Number>(
        &self,
        t: usize,
        before: &Carried<N>,
        books: &mut Books<N>,
        x: &[N],
    ) -> (Year<N>, Carried<N>) {
        let terms = &self.terms;
        let zero = N::constant(0.0);
        let mut carried = *before;
        let operations = self.operations(t, &mut carried, x);
        let service = self.service(t, books, x);
        let cash_income = terms.cash_rate.of(x) * books.accruing.cash;
        let fee_amortization = self.fee_amortization(t, &books.amounts, x);

        let interest = service.cash_interest + service.pik - cash_income;
        let deductible = self.deductible(interest, &operations, &mut carried, x);
        let taxable = operations.ebitda - operations.da - operations.monitoring_fee - fee_amortization - deductible;
        let used = match &terms.nol {
            Some(nol) => use_losses(&mut carried.losses, taxable, nol.usage_limit.of(x), nol.add_losses),
            None => zero,
        };
        let tax = terms.tax_rate.at(t).of(x) * (taxable - used).max(zero);
        let cfads = operations.ebitda - operations.monitoring_fee - tax - operations.capex - operations.delta_nwc;

        let left = books.opening.cash + cfads - service.cash_interest + cash_income
            - service.mandatory
            - terms.minimum_cash.of(x);
        let (revolver_draw, surplus, short) = self.balance_by_revolver(left, books, x);
        let sweep = self.sweep(terms.cash_sweep.at(t).of(x) * surplus, books);
        let spare_cash = surplus - sweep;
        books.closing.cash = terms.minimum_cash.of(x) + spare_cash;
        let year = Year {
            operations,
            service,
            fee_amortization,
            cash_income,
            taxable,
            tax,
            cfads,
            sweep,
            revolver_draw,
            dividends: zero,
            spare_cash,
            short,
        };
        (year, carried)
    }

    #[inline(always)]
    fn operations<N: Number>(&self, t: usize, carried: &mut Carried<N>, x: &[N]) -> Operations<N> {
        let terms = &self.terms;
        let revenue = carried.revenue * (terms.revenue_growth.at(t).of(x) + 1.0);
        let nwc = revenue * terms.nwc_pct.at(t).of(x);
        let delta_nwc = nwc - carried.nwc;
        (carried.revenue, carried.nwc) = (revenue, nwc);
        Operations {
            revenue,
            ebitda: revenue * terms.ebitda_margin.at(t).of(x),
            da: revenue * terms.da_pct.at(t).of(x),
            capex: revenue * terms.capex_pct.at(t).of(x),
            delta_nwc,
            monitoring_fee: terms.monitoring_fee.at(t).of(x),
        }
    }

    /// Interest and scheduled repayment; closing balances of the tranches before the sweep.
    #[inline(always)]
    fn service<N: Number>(&self, t: usize, books: &mut Books<N>, x: &[N]) -> Service<N> {
        let zero = N::constant(0.0);
        let mut due =
            Service { cash_interest: self.revolver_interest(t, &books.accruing, x), pik: zero, mandatory: zero };
        for (i, tranche) in self.terms.tranches.iter().enumerate() {
            let line = tranche.service(t, books.amounts[i], books.opening.tranches[i], books.accruing.tranches[i], x);
            due.cash_interest = due.cash_interest + line.interest;
            due.pik = due.pik + line.pik;
            due.mandatory = due.mandatory + line.mandatory;
            books.closing.tranches[i] = books.opening.tranches[i] + line.pik - line.mandatory;
            books.lines[i] = line;
        }
        due
    }

    /// Interest on the revolver and the fee on what is not drawn.
    #[inline(always)]
    fn revolver_interest<N: Number>(&self, t: usize, accruing: &Balances<N>, x: &[N]) -> N {
        let Some(revolver) = &self.terms.revolver else { return N::constant(0.0) };
        let drawn = accruing.revolver;
        let interest = drawn * rate(revolver.rate.as_ref(), revolver.floating.as_ref(), t, x);
        match revolver.limit {
            Some(limit) => interest + (limit.of(x) - drawn) * revolver.undrawn_fee.of(x),
            None => interest,
        }
    }

    /// Fees and issue discounts of closing that are deducted in year `t`, on straight lines.
    #[inline(always)]
    fn fee_amortization<N: Number>(&self, t: usize, amounts: &[N], x: &[N]) -> N {
        let mut sum = N::constant(0.0);
        for (tranche, amount) in self.terms.tranches.iter().zip(amounts) {
            let years = tranche.fee_years.or(tranche.maturity).unwrap_or(self.terms.years);
            if year_number(t) <= years {
                sum = sum + *amount * (tranche.fee_pct.of(x) + tranche.oid_pct.of(x)) / f64::from(years);
            }
        }
        sum
    }

    /// What tax recognises of net interest and of what was carried forward; the rest is carried on.
    ///
    /// Negative net interest is income, which uses what was carried forward first.
    #[inline(always)]
    fn deductible<N: Number>(&self, interest: N, operations: &Operations<N>, carried: &mut Carried<N>, x: &[N]) -> N {
        let Some(limit) = &self.terms.interest_limit else { return interest };
        let base = match limit.base {
            LimitBase::Ebitda => operations.ebitda,
            LimitBase::Ebit => operations.ebitda - operations.da,
        };
        let claimed = interest + carried.interest;
        let deductible = claimed.min(base.max(N::constant(0.0)) * limit.pct.of(x));
        carried.interest = claimed - deductible;
        deductible
    }

    /// Draws what is missing, or repays what is there: the change of the revolver, the cash left for
    /// others, and what even the revolver cannot pay.
    #[inline(always)]
    fn balance_by_revolver<N: Number>(&self, left: N, books: &mut Books<N>, x: &[N]) -> (N, N, N) {
        let zero = N::constant(0.0);
        let gap = (-left).max(zero);
        let surplus = left.max(zero);
        let opening = books.opening.revolver;
        let drawn = match &self.terms.revolver {
            None => zero,
            Some(revolver) => match revolver.limit {
                Some(limit) => gap.min(limit.of(x) - opening),
                None => gap,
            },
        };
        let repaid = surplus.min(opening);
        books.closing.revolver = opening + drawn - repaid;
        (drawn - repaid, surplus - repaid, gap - drawn)
    }

    /// Repays tranches with `cash` in order of priority; the amount that takes.
    #[inline(always)]
    fn sweep<N: Number>(&self, cash: N, books: &mut Books<N>) -> N {
        let zero = N::constant(0.0);
        let mut left = cash;
        for group in &self.sweep_groups {
            let mut owed = zero;
            for &i in group {
                owed = owed + books.closing.tranches[i];
            }
            let paid = left.min(owed);
            // Pro rata to balances: none is repaid more than it is owed, so nothing is left to pass on.
            let part = zero.if_less(owed, paid / owed, zero);
            for &i in group {
                let repaid = books.closing.tranches[i] * part;
                books.lines[i].sweep = repaid;
                books.closing.tranches[i] = books.closing.tranches[i] - repaid;
            }
            left = left - paid;
        }
        cash - left
    }

    /// The dividends of year `t`, from spare cash or by raising a tranche.
    #[inline(always)]
    pub(super) fn pay_dividends<N: Number>(&self, t: usize, year: &mut Year<N>, books: &mut Books<N>, x: &[N]) {
        let zero = N::constant(0.0);
        let mut from_cash = zero;
        for (dividend, tranche) in self.terms.dividends.iter().zip(&self.dividend_tranches) {
            if dividend.year != year_number(t) {
                continue;
            }
            let amount = dividend.amount.of(x);
            year.dividends = year.dividends + amount;
            match *tranche {
                Some(i) => {
                    books.lines[i].raised = books.lines[i].raised + amount;
                    books.closing.tranches[i] = books.closing.tranches[i] + amount;
                }
                None => from_cash = from_cash + amount,
            }
        }
        books.closing.cash = books.closing.cash - from_cash;
        year.short = year.short + (from_cash - year.spare_cash).max(zero);
    }
}

/// Year 1 is at position 0.
#[inline(always)]
fn year_number(t: usize) -> u32 {
    u32::try_from(t + 1).expect("a forecast has at most 30 years")
}

#[inline(always)]
fn year_is_in(years: &[u32], t: usize) -> bool {
    years.iter().any(|year| *year == year_number(t))
}
